"""Faults of an app that reads and publishes CloudEvents: each takes the right step and gives a wrong one."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dapr_conformance.control.exchange import Request, text_answer
from dapr_conformance.control.fault import Fault, Make
from dapr_conformance.control.planted_state import mapped

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
_CLOUD_EVENT = "application/cloudevents+json"
_OURS = frozenset({"data", "data_base64", "pubsubname", "topic", "traceid", "traceparent", "tracestate"})
_KNOWN = frozenset({"datacontenttype", "id", "source", "specversion", "time", "type", *_OURS})


def _read(right: Step, change: Callable[[Any], Any]) -> Step:
    def read(raw: bytes) -> Any:
        event = right(raw)
        return event and change(event)

    return read


def ignores_base64(right: Step, _arguments: Arguments) -> Step:
    """Read `data` and nothing else (seam `read_event`)."""
    return _read(right, lambda event: replace(event, data=event.attributes.get("data")))


def rejects_extensions(right: Step, _arguments: Arguments) -> Step:
    """Refuse an event with an attribute that is not known (seam `read_event`)."""
    return _read(right, lambda event: event if _KNOWN.issuperset(event.attributes) else None)


def needs_time(right: Step, _arguments: Arguments) -> Step:
    """Refuse an event without the optional attribute `time` (seam `read_event`)."""
    return _read(right, lambda event: event if "time" in event.attributes else None)


def ascii_data(right: Step, _arguments: Arguments) -> Step:
    """Put `?` for every character of the data beyond ASCII (seam `read_event`)."""
    return _changed(right, lambda value: value.encode("ascii", "replace").decode() if isinstance(value, str) else value)


def float_integers(right: Step, _arguments: Arguments) -> Step:
    """Read integers as 64-bit floats (seam `read_event`)."""
    return _changed(right, lambda value: int(float(value)) if type(value) is int else value)


def falsy_is_missing(right: Step, _arguments: Arguments) -> Step:
    """Take what is empty, zero or false for missing (seam `read_event`)."""

    def less(event: Any) -> Any:
        return replace(
            event, data={k: v for k, v in event.data.items() if v} if isinstance(event.data, dict) else event.data
        )

    return _read(right, less)


def double_decodes(right: Step, _arguments: Arguments) -> Step:
    """Decode texts in the data that are JSON once more (seam `read_event`)."""
    return _changed(right, lambda value: _decoded(value) if isinstance(value, str) else value)


def _changed(right: Step, change: Callable[[Any], Any]) -> Step:
    return _read(right, lambda event: replace(event, data=mapped(event.data, change)))


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def strict_content_type(right: Step, _arguments: Arguments) -> Step:
    """Refuse a content type with parameters (seam `answer`)."""

    def answer(request: Request) -> Any:
        kind = request.header("Content-Type") or ""
        foreign = kind.lower().startswith(_CLOUD_EVENT) and kind != _CLOUD_EVENT
        return text_answer(415, "unsupported media type") if foreign else right(request)

    return answer


def stale_body(right: Step, _arguments: Arguments) -> Step:
    """Handle a delivery with the body of the one before it on the same connection (seam `answer`)."""
    connection = threading.local()

    def answer(request: Request) -> Any:
        if not (request.header("Content-Type") or "").startswith(_CLOUD_EVENT):
            return right(request)
        before, connection.body = getattr(connection, "body", request.body), request.body
        return right(replace(request, body=before))

    return answer


def publishes_text_of_json(_right: Step, _arguments: Arguments) -> Step:
    """Encode what is published twice (seam `published`)."""
    return lambda content_type, body: (content_type, json.dumps(body.decode()).encode())


def publishes_envelope_as_data(_right: Step, _arguments: Arguments) -> Step:
    """Publish a whole CloudEvent as if it were data (seam `published`)."""

    def wrap(content_type: str, body: bytes) -> tuple[str, bytes]:
        event = {"specversion": "1.0", "id": "1", "source": "/planted", "type": "planted", "data": json.loads(body)}
        return content_type, json.dumps(event).encode()

    return wrap


def publishes_without_type(_right: Step, _arguments: Arguments) -> Step:
    """Publish without a content type (seam `published`)."""
    return lambda _content_type, body: ("", body)


def publishes_bytes_as_text(_right: Step, _arguments: Arguments) -> Step:
    """Publish what is no UTF-8 as text (seam `published`)."""
    return lambda _content_type, body: ("text/plain", b"\xe4 " + body)


def publishes_without_id(_right: Step, _arguments: Arguments) -> Step:
    """Publish a CloudEvent without an id (seam `published`)."""

    def wrap(_content_type: str, body: bytes) -> tuple[str, bytes]:
        encoded = base64.b64encode(body).decode()
        return _CLOUD_EVENT, json.dumps(
            {"specversion": "1.0", "source": "/x", "type": "t", "data_base64": encoded}
        ).encode()

    return wrap


def publishes_envelopes(_right: Step, _arguments: Arguments) -> Step:
    """Publish CloudEvents as what they are, which is right (seam `published`)."""

    def wrap(content_type: str, body: bytes) -> tuple[str, bytes]:
        event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data": json.loads(body)}
        return _CLOUD_EVENT, json.dumps({**event, "datacontenttype": content_type}).encode()

    return wrap


def _reading(sentence: str, make: Make) -> Fault:
    return Fault(sentence, {"read_event": make})


def _publishing(sentence: str, make: Make) -> Fault:
    return Fault(sentence, {"published": make})


FAULTS = {
    "ignores_base64": _reading("Data in base64 is not read.", ignores_base64),
    "rejects_extensions": _reading("An unknown attribute makes an event poison.", rejects_extensions),
    "needs_time": _reading("An event without the optional time is poison.", needs_time),
    "ascii_data": _reading("Characters of the data beyond ASCII are replaced.", ascii_data),
    "float_integers": _reading("Integers of the data beyond 2^53 lose digits.", float_integers),
    "falsy_is_missing": _reading("Zero, false and empty values count as missing.", falsy_is_missing),
    "double_decodes": _reading("Texts of the data are decoded once more.", double_decodes),
    "strict_content_type": Fault("A content type with parameters is refused.", {"answer": strict_content_type}),
    "stale_body": Fault(
        "A delivery is handled with the body of the one before on its connection.", {"answer": stale_body}
    ),
    "publishes_text_of_json": _publishing("What is published is encoded twice.", publishes_text_of_json),
    "publishes_envelope_as_data": _publishing("A whole CloudEvent is published as data.", publishes_envelope_as_data),
    "publishes_without_type": _publishing("JSON is published without a type.", publishes_without_type),
    "publishes_bytes_as_text": _publishing("Bytes are published as text.", publishes_bytes_as_text),
    "publishes_without_id": _publishing("A CloudEvent is published without an id.", publishes_without_id),
}
