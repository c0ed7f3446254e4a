"""The app's answer to `GET /dapr/subscribe`, understood as daprd understands it.

Source: Dapr docs, "Publish and subscribe API, optional application routes", and daprd's reader: it takes the first
JSON value, matches keys without case, drops an entry without any route, and drops ALL entries when one of them has
a value of a wrong type. Nothing is raised here: a bad answer is a finding of the app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dapr_conformance.target.model import Subscription

_JSON_NAMES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
_MAX_INT32 = 2**31 - 1


@dataclass(frozen=True)
class Answer:
    """What daprd subscribes to because of the answer, and what is wrong with the answer, one sentence each."""

    subscriptions: tuple[Subscription, ...] = ()
    problems: tuple[str, ...] = ()


class _UnreadableError(Exception):
    """What makes daprd refuse the whole answer."""


def parse(body: bytes) -> Answer:
    """Read the body of a 200 answer; an empty one means no subscription, as `null` does.

    Args:
        body: the bytes as they were sent, of any length and content.

    Returns:
        The subscriptions that daprd starts (no location) and the problems. With a problem that daprd cannot read
        past there are no subscriptions at all.

    """
    try:
        value = _first_value(body)
        entries = [_fields(item, _ENTRY, f"entry {at}") for at, item in enumerate(_list(value, "the answer"), start=1)]
    except (_UnreadableError, ValueError, RecursionError) as error:
        return Answer(problems=(f"daprd cannot read the answer and subscribes to nothing: {_reason(error)}",))
    found = [_subscription(entry) for entry in entries]
    dropped = [
        f"daprd drops entry {at} (topic {one.topic!r}): it has no route"
        for at, one in enumerate(found, start=1)
        if not one.routes
    ]
    return Answer(tuple(one for one in found if one.routes), tuple(dropped))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return "it nests too deeply" if isinstance(error, RecursionError) else str(error)


def _first_value(body: bytes) -> Any:
    text = body.decode("utf-8", errors="replace").lstrip(" \t\r\n")
    if not text:
        return None
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_no_constant)
    return decoder.raw_decode(text)[0]


class _Pairs(list[tuple[str, Any]]):
    """The members of one object in the order in which they were sent, doubles included."""


def _no_constant(name: str) -> Any:
    raise _UnreadableError(f"not JSON: {name}")


def _fields(value: Any, readers: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Read the known members of an object; the last of several of the same name counts, null changes nothing."""
    read: dict[str, Any] = {}
    for name, member in _object(value, where):
        key = name.casefold()
        if key in readers and member is not None:
            read[key] = readers[key](member, f"`{name}` of {where}")
    return read


def _object(value: Any, where: str) -> _Pairs:
    if value is not None and not isinstance(value, _Pairs):
        raise _wrong(value, "an object", where)
    return value or _Pairs()


def _list(value: Any, where: str) -> list[Any]:
    if value is not None and (not isinstance(value, list) or isinstance(value, _Pairs)):
        raise _wrong(value, "an array", where)
    return value or []


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(value, "a string", where)
    return value


def _boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, "a boolean", where)
    return value


def _int32(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_MAX_INT32 - 1 <= value <= _MAX_INT32:
        raise _wrong(value, "a 32-bit whole number", where)
    return value


def _text_map(value: Any, where: str) -> dict[str, str]:
    return {name: "" if item is None else _text(item, f"{name!r} in {where}") for name, item in _object(value, where)}


def _bulk(value: Any, where: str) -> dict[str, Any]:
    return _fields(value, {"enabled": _boolean, "maxmessagescount": _int32, "maxawaitdurationms": _int32}, where)


def _rules(value: Any, where: str) -> list[dict[str, Any]]:
    rules = _list(value, where)
    if None in rules:
        raise _UnreadableError(f"a rule in {where} is null, on which daprd crashes")
    return [_fields(rule, {"match": _text, "path": _text}, f"a rule in {where}") for rule in rules]


def _routes(value: Any, where: str) -> dict[str, Any]:
    return _fields(value, {"rules": _rules, "default": _text}, where)


def _wrong(value: Any, expected: str, where: str) -> _UnreadableError:
    kind = dict if isinstance(value, _Pairs) else type(value)
    return _UnreadableError(f"{where} must be {expected}, not {_JSON_NAMES.get(kind, f'the number {value}')}")


_ENTRY = {
    "pubsubname": _text,
    "topic": _text,
    "deadlettertopic": _text,
    "metadata": _text_map,
    "route": _text,
    "routes": _routes,
    "bulksubscribe": _bulk,
}


def _subscription(entry: Mapping[str, Any]) -> Subscription:
    routes = entry.get("routes", {})
    default = routes.get("default") or entry.get("route")
    rules = tuple(rule.get("path", "") for rule in routes.get("rules", ()))
    return Subscription(
        pubsubname=entry.get("pubsubname", ""),
        topic=entry.get("topic", ""),
        routes=(*rules, default) if default else rules,
        dead_letter_topic=entry.get("deadlettertopic") or None,
        bulk=entry.get("bulksubscribe", {}).get("enabled", False),
        metadata=entry.get("metadata", {}),
    )
