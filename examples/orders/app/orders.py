"""Orders: one state record each, changed only from the version that was read."""

from collections.abc import Callable, Collection, Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app import publisher, state

OrderId = Annotated[str, StringConstraints(pattern="^[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ_.~+ -]{0,63}$")]
Whole = Annotated[int, Field(ge=0, le=2**53 - 1)]  # what JSON numbers hold exactly (RFC 8259, section 6)
ETags = Collection[str]


class Item(BaseModel):
    """One line of an order."""

    model_config = ConfigDict(strict=True)
    sku: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Whole


class Order(BaseModel):
    """What a customer orders. `amount` is in cents."""

    model_config = ConfigDict(strict=True)
    customer: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Whole
    items: Annotated[list[Item], Field(max_length=20)] = []


class UnknownOrderError(Exception):
    """There is no order with this id."""


class PreconditionError(Exception):
    """The order is not in a version that the caller named in If-Match."""


def put(order_id: str, order: Order, if_match: ETags | None) -> tuple[dict[str, Any], bool]:
    """Create the order or replace it, keeping its payments and shipments; tell whether it was created.

    `orders.saved` is published before the caller hears of success. If that fails the caller gets an error and puts
    again: the event is published at least once, and never for an order that was not stored.
    """
    stored, created = _store(order_id, order.model_dump(), if_match)
    publisher.publish("orders.saved", {"orderId": order_id, **order.model_dump()})
    return stored, created


@state.retry_conflicts
def _store(order_id: str, content: dict[str, Any], if_match: ETags | None) -> tuple[dict[str, Any], bool]:
    record = state.get(_key(order_id))
    _require(record, if_match)
    before = record.value if record else {"payments": [], "shipments": []}
    state.save(_key(order_id), value := {**before, **content}, record.etag if record else None)
    return value, record is None


def get(order_id: str) -> state.Record:
    """Give the order with its ETag. Raises UnknownOrderError."""
    record = state.get(_key(order_id))
    if record is None:
        raise UnknownOrderError
    return record


def get_all(order_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give those of the orders that there are, by id, each once."""
    keys = {order_id: _key(order_id) for order_id in order_ids}
    found = state.get_all(set(keys.values()))
    return {order_id: found[key] for order_id, key in keys.items() if key in found}


@state.retry_conflicts
def change(order_id: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Write what `changed` makes of the order, in one conditional write, or none where it changes nothing."""
    record = get(order_id)
    value = changed(record.value)
    if value != record.value:
        state.save(_key(order_id), value, record.etag)
    return value


@state.retry_conflicts
def delete(order_id: str, if_match: ETags | None) -> None:
    """Delete the order. Raises UnknownOrderError and PreconditionError."""
    record = get(order_id)
    _require(record, if_match)
    state.delete(_key(order_id), record.etag)


def _key(order_id: str) -> str:
    return f"order-{order_id}"


def _require(record: state.Record | None, if_match: ETags | None) -> None:
    if if_match is not None and (record is None or not {"*", record.etag} & set(if_match)):
        raise PreconditionError
