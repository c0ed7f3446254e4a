"""What an echo route says that it got, compared with what was sent.

The route's answer is JSON {"method", "path", "query", "headers", "body"} (`invoke.routes` with `echo: true`). Apps
show these in several honest ways, so only a part that contradicts what was sent is a difference: a query as text or
as an object, headers as pairs or as an object, a body as text, as JSON, or in base64 (`body` or `body_base64`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """One request: raw path and query, header lines, body bytes."""

    method: str
    path: str
    query: str = ""
    headers: Pairs = ()
    body: bytes = b""


def difference(sent: Sent, answer: bytes) -> str:
    """Say how an echo contradicts what was sent; empty when it does not."""
    try:
        shown = json.loads(answer)
    except ValueError:
        return "the echo is not JSON"
    if not isinstance(shown, dict):
        return "the echo is not a JSON object"
    found = (
        _text("method", sent.method, shown),
        _text("path", sent.path, shown),
        _query(sent.query, shown),
        _headers(sent.headers, shown),
        _body(sent.body, shown),
    )
    return next((text for text in found if text), "")


def _text(name: str, wanted: str, shown: Mapping[str, Any]) -> str:
    got = shown.get(name)
    return "" if got in (wanted, unquote(wanted)) else f"{name} {got!r} instead of {wanted!r}"


def _query(wanted: str, shown: Mapping[str, Any]) -> str:
    got = shown.get("query")
    if isinstance(got, Mapping):
        pairs = [*parse_qsl(wanted, keep_blank_values=True)]
        return _by_name("query parameter", pairs, got)
    if isinstance(got, str) and unquote(wanted) in (unquote(got), unquote(got.removeprefix("?"))):
        return ""
    return f"query {got!r} instead of {wanted!r}"


def _headers(wanted: Pairs, shown: Mapping[str, Any]) -> str:
    got = shown.get("headers")
    if isinstance(got, Mapping):
        return _by_name("header", wanted, {str(name).lower(): value for name, value in got.items()})
    if not isinstance(got, list):
        return f"headers {got!r}"
    pairs = [(str(pair[0]).lower(), str(pair[1])) for pair in got if isinstance(pair, list) and len(pair) == 2]
    for name, values in _grouped(wanted).items():
        arrived = [value for key, value in pairs if key == name]
        if arrived not in (values, [", ".join(values)]):
            return f"header {name}: {arrived} instead of {values}"
    return ""


def _by_name(what: str, wanted: Pairs, got: Mapping[str, Any]) -> str:
    for name, values in _grouped(wanted).items():
        value = got.get(name)
        # An object with one text a name cannot show repetitions; what it shows must still be one of them.
        fits = value == values if isinstance(value, list) else value in (*values, ", ".join(values), ",".join(values))
        if not fits:
            return f"{what} {name}: {value!r} instead of {values}"
    return ""


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.lower(), []).append(value)
    return found


def _body(wanted: bytes, shown: Mapping[str, Any]) -> str:
    encoded = base64.b64encode(wanted).decode()
    if "body_base64" in shown:
        got = shown["body_base64"]
        return "" if got == encoded else f"body {got!r} (base64) instead of {encoded!r}"
    body = shown.get("body")
    if body in (encoded, wanted.decode("utf-8", "replace")) or (not wanted and not body) or _is_json(wanted, body):
        return ""
    return f"body {body!r} instead of {wanted!r}"


def _is_json(wanted: bytes, body: Any) -> bool:
    try:
        return bool(json.loads(wanted) == body)
    except ValueError:
        return False
