"""Orders: one state record each, changed only from the version that was read."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from app import state

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.~-]{0,63}")
_MOST = 2**53 - 1  # what JSON numbers hold exactly (RFC 8259, section 6)


class UnknownOrderError(Exception):
    """There is no order with this id."""


class InvalidError(Exception):
    """What was sent can never be processed."""


def put(order_id: str, content: Any) -> dict[str, Any]:
    """Create the order or replace it, keeping its payments and shipments. Raises InvalidError."""
    _check(order_id)
    if not isinstance(content, dict) or set(content) != {"customer", "amount"}:
        raise InvalidError("an order has a customer and an amount")
    return _store(order_id, {"customer": text(content["customer"]), "amount": whole(content["amount"])})


@state.retry_conflicts
def _store(order_id: str, content: dict[str, Any]) -> dict[str, Any]:
    record = state.get(_key(order_id))
    before = record.value if record else {"payments": [], "shipments": []}
    state.save(_key(order_id), value := {**before, **content}, record.etag if record else None)
    return value


def get(order_id: str) -> state.Record:
    """Give the order with its ETag. Raises UnknownOrderError and InvalidError."""
    _check(order_id)
    record = state.get(_key(order_id))
    if record is None:
        raise UnknownOrderError
    return record


def get_all(order_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give those of the orders that there are, by id. Raises InvalidError."""
    keys = {}
    for order_id in order_ids:
        _check(order_id)
        keys[_key(order_id)] = order_id
    return {keys[key]: value for key, value in state.get_all(keys).items()} if keys else {}


@state.retry_conflicts
def change(order_id: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write what `changed` makes of the order, in one conditional write, or none where it changes nothing."""
    record = get(order_id)
    value = changed(record.value)
    if value != record.value:
        state.save(_key(order_id), value, record.etag)


@state.retry_conflicts
def delete(order_id: str) -> None:
    """Delete the order. Raises UnknownOrderError."""
    state.delete(_key(order_id), get(order_id).etag)


def text(value: Any) -> str:
    """Give a short text. Raises InvalidError."""
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise InvalidError("a text of 1 to 200 characters is missing")
    return value


def whole(value: Any) -> int:
    """Give a whole number that JSON can hold. Raises InvalidError."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise InvalidError("a whole number is missing")
    return value


def _check(order_id: Any) -> None:
    if not isinstance(order_id, str) or not _ID.fullmatch(order_id):
        raise InvalidError("no such id is possible")


def _key(order_id: str) -> str:
    return f"order-{order_id}"
