"""What stands at a JSON pointer (RFC 6901) of a document: put there, or counted there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def add_at(document: Any, pointer: str, entry: Any) -> Any:
    """Give the document with one more event at `pointer`: a list grows by `entry`, a number by 1.

    What is missing or null becomes a list with `entry`; anything else counts 1 already and stays.
    """
    return _add(document, [_unescape(token) for token in pointer.split("/")[1:]], entry)


def set_at(document: Any, pointer: str, value: Any) -> Any:
    """Give the document with `value` at `pointer`; what is missing on the way is made, a list where a number stands."""
    return _set(document, [_unescape(token) for token in pointer.split("/")[1:]], value)


def _set(document: Any, tokens: Sequence[str], value: Any) -> Any:
    if not tokens:
        return value
    token, rest = tokens[0], tokens[1:]
    if token.isdigit() and (document is None or isinstance(document, list)):
        items = [*(document or ()), *[None] * (int(token) + 1 - len(document or ()))]
        items[int(token)] = _set(items[int(token)], rest, value)
        return items
    members = document if isinstance(document, dict) else {}
    return {**members, token: _set(members.get(token), rest, value)}


def value_at(document: Any, pointer: str) -> Any:
    """Give what stands at `pointer`; None where there is nothing."""
    for token in map(_unescape, pointer.split("/")[1:]):
        members = dict(enumerate(document)) if isinstance(document, list) else document
        key = int(token) if isinstance(document, list) and token.isdigit() else token
        document = members.get(key) if isinstance(members, dict) else None
    return document


def placed(pointer: str, value: Any) -> Any:
    """Give the smallest document that has this value at `pointer`."""
    for token in reversed(pointer.split("/")[1:]):
        value = {_unescape(token): value}
    return value


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _add(value: Any, tokens: Sequence[str], entry: Any) -> Any:
    if tokens:
        return _add_inside(value, tokens[0], tokens[1:], entry)
    if isinstance(value, list):
        return [*value, entry]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + 1
    return [entry] if value is None else value


def _add_inside(value: Any, token: str, rest: Sequence[str], entry: Any) -> Any:
    if isinstance(value, list) and token.isdigit() and int(token) < len(value):
        index = int(token)
        return [*value[:index], _add(value[index], rest, entry), *value[index + 1 :]]
    members = value if isinstance(value, dict) else {}
    return {**members, token: _add(members.get(token), rest, entry)}
