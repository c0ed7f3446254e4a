"""Orders: one state record each, changed only from the version that was read."""

from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app import index, publisher, state

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

    A new order is announced before the caller hears of success. If that fails the caller gets an error, and the next
    put announces it: `orders.created` is published at least once.
    """
    stored, created = _store(order_id, order.model_dump(), if_match)
    if not stored["announced"]:
        publisher.publish("orders.created", {"orderId": order_id, **order.model_dump()})
        stored = change(order_id, lambda current: {**current, "announced": True})
    return stored, created


@state.retry_conflicts
def _store(order_id: str, content: dict[str, Any], if_match: ETags | None) -> tuple[dict[str, Any], bool]:
    record = state.get(_key(order_id))
    _require(record, if_match)
    if record:
        state.save(_key(order_id), value := {**record.value, **content}, record.etag)
        return value, False
    token = index.enter(order_id)
    state.save(_key(order_id), value := {**content, "payments": [], "shipments": [], "announced": False})
    if not index.holds(order_id, token):
        index.enter(order_id)
    return value, True


def get(order_id: str) -> state.Record:
    """Give the order with its ETag. Raises UnknownOrderError."""
    record = state.get(_key(order_id))
    if record is None:
        raise UnknownOrderError
    return record


def find_all() -> dict[str, Any]:
    """Give every order by its id."""
    keys = {order_id: _key(order_id) for order_id in index.order_ids()}
    found = state.get_many(keys.values())
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
    token = index.enter(order_id)
    state.delete(_key(order_id), record.etag)
    index.remove(order_id, token)


def _key(order_id: str) -> str:
    return f"order-{order_id}"


def _require(record: state.Record | None, if_match: ETags | None) -> None:
    if if_match is not None and (record is None or not {"*", record.etag} & set(if_match)):
        raise PreconditionError
