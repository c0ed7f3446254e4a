"""Events: what is subscribed, and what Dapr is told to do with each delivery.

SUCCESS after the work is stored, DROP for what no attempt can ever process, RETRY for what a later attempt may.
"""

from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import metrics, orders, state
from app.cloudevents import CloudEvent
from app.logs import logger
from app.settings import PUBSUB
from app.sidecar import SidecarError

router = APIRouter(tags=["events"])
Answer = dict[Literal["status"], Literal["SUCCESS", "RETRY", "DROP"]]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]


class Payment(BaseModel):
    """Data of a `payments` event. `amount` is in cents."""

    model_config = ConfigDict(strict=True)
    order_id: Annotated[orders.OrderId, Field(alias="orderId")]
    id: Annotated[Identifier, Field(alias="paymentId")]
    amount: orders.Whole


class Shipment(BaseModel):
    """Data of a `shipments` event."""

    model_config = ConfigDict(strict=True)
    order_id: Annotated[orders.OrderId, Field(alias="orderId")]
    id: Annotated[Identifier, Field(alias="shipmentId")]
    carrier: Identifier


async def raw_body(request: Request) -> bytes:
    """Give the body as it came: a body that FastAPI refuses would be a 422, which Dapr delivers again and again."""
    return await request.body()


Body = Annotated[bytes, Depends(raw_body)]


@router.get("/dapr/subscribe")
def subscriptions() -> list[dict[str, str]]:
    """Tell Dapr what this app subscribes; `shipments` is subscribed in components/subscription.yaml."""
    return [
        _subscription("payments", "/events/payments", deadLetterTopic="payments.dead"),
        _subscription("payments.dead", "/dead-letters/payments"),
        _subscription("shipments.dead", "/dead-letters/shipments"),
    ]


@router.post("/events/payments")
def on_payment(body: Body) -> Answer:
    """Record a payment in its order."""
    return _answer("payments", _record("payments", Payment, body))


@router.post("/events/shipments")
def on_shipment(body: Body) -> Answer:
    """Record a shipment in its order."""
    return _answer("shipments", _record("shipments", Shipment, body))


@router.post("/dead-letters/{topic}")
def on_dead_letter(topic: Literal["payments", "shipments"], body: Body) -> Answer:
    """Keep an event that could not be processed, as it came, for a person to look at."""
    key = f"dead-{topic}-{sha256(body).hexdigest()}"
    try:
        if state.get(key) is None:
            state.save(key, {"topic": topic, "envelope": body.decode(errors="backslashreplace")})
    except state.ConflictError:
        logger.info("dead letter is stored already")
    except SidecarError as error:
        logger.warning("dead letter is not stored: %s", error)
        return _answer(f"{topic}.dead", "RETRY")
    return _answer(f"{topic}.dead", "SUCCESS")


def _record(field: str, model: type[Payment | Shipment], body: bytes) -> Literal["SUCCESS", "RETRY", "DROP"]:
    try:
        event = CloudEvent.model_validate_json(body)
        data = event.read(model)
    except ValidationError as error:
        logger.warning("%s event is not valid: %d errors", field, error.error_count())
        return "DROP"
    entry = {**data.model_dump(exclude={"order_id"}), "event": event.identity}
    try:
        orders.change(data.order_id, lambda order: {**order, field: _with(order[field], entry)})
    except orders.UnknownOrderError:
        logger.warning("%s event came before its order", field)
        return "RETRY"
    except SidecarError as error:
        logger.warning("%s event is not stored: %s", field, error)
        return "RETRY"
    return "SUCCESS"


def _with(entries: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Add an entry, unless it or its event is there already: Dapr delivers at least once."""
    known = any(new["id"] == old["id"] or new["event"] == old["event"] is not None for old in entries)
    return entries if known else [*entries, new]


def _answer(topic: str, status: Literal["SUCCESS", "RETRY", "DROP"]) -> Answer:
    metrics.EVENTS.labels(topic, status).inc()
    return {"status": status}


def _subscription(topic: str, route: str, **options: str) -> dict[str, str]:
    return {"pubsubname": PUBSUB, "topic": topic, "route": route, **options}
