"""Events: what is subscribed, and what Dapr is told to do with each delivery.

SUCCESS after the work is stored, DROP for what no attempt can ever process, RETRY for what a later attempt may.
"""

import json
import logging
from hashlib import sha256
from typing import Any

from dapr.proto import appcallback_v1

from app import orders, state
from app.settings import PUBSUB

logger = logging.getLogger(__name__)
Response = appcallback_v1.TopicEventResponse
Request = appcallback_v1.TopicEventRequest


def subscriptions() -> list[appcallback_v1.TopicSubscription]:
    """Tell Dapr what this app subscribes; `shipments` is subscribed in components/subscription.yaml."""
    payments = appcallback_v1.TopicSubscription(
        pubsub_name=PUBSUB, topic="payments", dead_letter_topic="payments.dead"
    )  # without a route: events of it are told by their topic
    dead = [
        appcallback_v1.TopicSubscription(
            pubsub_name=PUBSUB, topic=f"{topic}.dead", routes=appcallback_v1.TopicRoutes(default="dead-letters")
        )
        for topic in ("payments", "shipments")
    ]
    return [payments, *dead]


def take(event: Request) -> Response:
    """Process one event."""
    if event.path == "dead-letters":
        return Response(status=_keep(event))
    field = {"payments": "payment", "shipments": "shipment"}[event.topic]
    return Response(status=_record(event, field))


def _record(event: Request, kind: str) -> Any:
    try:
        order_id, entry = _entry(event, kind)
        orders.change(order_id, lambda order: {**order, f"{kind}s": _with(order[f"{kind}s"], entry)})
    except orders.InvalidError as error:
        logger.warning("%s event is not valid: %s", kind, error)
        return Response.DROP
    except orders.UnknownOrderError:
        logger.warning("%s event came before its order", kind)
        return Response.RETRY
    except state.SidecarError as error:
        logger.warning("%s event is not stored: %s", kind, error)
        return Response.RETRY
    return Response.SUCCESS


def _entry(event: Request, kind: str) -> tuple[str, dict[str, Any]]:
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError) as error:
        raise orders.InvalidError("no JSON") from error
    if not isinstance(data, dict):
        raise orders.InvalidError("no object")
    identity = {"id": orders.text(data.get(f"{kind}Id")), "event": f"{event.source} {event.id}" if event.id else None}
    more = (
        {"amount": orders.whole(data.get("amount"))}
        if kind == "payment"
        else {"carrier": orders.text(data.get("carrier"))}
    )
    return data.get("orderId", ""), {**identity, **more}


def _with(entries: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Add an entry, unless it or its event is there already: Dapr delivers at least once."""
    known = any(new["id"] == old["id"] or new["event"] == old["event"] is not None for old in entries)
    return entries if known else [*entries, new]


def _keep(event: Request) -> Any:
    """Keep an event that could not be processed, as it came, for a person to look at."""
    content = {
        "topic": event.topic,
        "id": event.id,
        "source": event.source,
        "data": event.data.decode(errors="replace"),
    }
    key = f"dead-{event.topic}-{sha256(json.dumps(content).encode()).hexdigest()}"
    try:
        if state.get(key) is None:
            state.save(key, content)
    except state.ConflictError:
        logger.info("dead letter is stored already")
    except state.SidecarError as error:
        logger.warning("dead letter is not stored: %s", error)
        return Response.RETRY
    return Response.SUCCESS
