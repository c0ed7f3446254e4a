"""Whether what an app publishes is a valid event once its sidecar has wrapped it, with the type that its payload has.

Rule: Dapr docs: developing-applications/building-blocks/pubsub/pubsub-cloudevents; see `wrapping`.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dapr_conformance.checkers import cloud_event
from dapr_conformance.checkers.wrapping import media_type

_JSON, _BYTES = "application/json", "application/octet-stream"


def is_raw(target: str) -> bool:
    """Tell whether a publication asks for no envelope."""
    return parse_qs(urlsplit(target).query).get("metadata.rawPayload") == ["true"]


def problem(content_type: str | None, body: bytes) -> str:
    """Give what is wrong with a publication; empty for nothing.

    Args:
        content_type: as it was sent; None for none.
        body: the payload.

    """
    kind = media_type(content_type)
    if kind == cloud_event.CONTENT_TYPE:
        return _of_envelope(_parsed(body))
    if kind == _JSON:
        return _of_data(_parsed(body))
    return "" if kind == _BYTES else _of_text(kind, body)


_NOTHING = object()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOTHING


def _of_envelope(event: Any) -> str:
    if event is _NOTHING:
        return "a CloudEvent that is not JSON"
    # What daprd adds where it is missing is no fault.
    wrong = cloud_event.problem(event, without=("source", "specversion", "type"))
    if wrong:
        return f"no valid CloudEvent: {wrong}"
    is_json = "json" in str(event.get("datacontenttype", _JSON))
    return _of_data(event["data"]) if is_json and "data" in event else ""


def _of_data(value: Any) -> str:
    if value is _NOTHING:
        return "declared as JSON and none: its readers get a text"
    if cloud_event.is_envelope(value):
        return f"a CloudEvent inside the data of another; its type is {cloud_event.CONTENT_TYPE}"
    if isinstance(value, str) and isinstance(_parsed(value.encode("utf-8", "surrogatepass")), dict | list):
        return "JSON inside a JSON text: encoded twice"
    return ""


def _of_text(kind: str, body: bytes) -> str:
    if isinstance(_parsed(body), dict | list) and not kind.endswith("+json"):
        return f"JSON that is published as {kind}: its readers get a text"
    try:
        body.decode()
    except UnicodeDecodeError:
        return f"bytes that are no UTF-8, published as {kind}: they are lost; {_BYTES} keeps them"
    return ""
