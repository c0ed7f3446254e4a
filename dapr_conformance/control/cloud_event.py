"""Reading what daprd delivers: one CloudEvent in structured JSON mode (CloudEvents 1.0), or a bulk of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BULK_TYPE = "com.dapr.event.sent.bulk"


@dataclass(frozen=True)
class Event:
    """One event; `data` is JSON where it can be read as such. `attributes` is the whole envelope."""

    data: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give an attribute of the envelope as text, empty when it is missing or of another type."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else ""

    @property
    def identity(self) -> str | None:
        """Give what is unique to an event, source and id (CloudEvents 1.0, section 3.1); None without an id."""
        return f"{self.text('source')} {self.text('id')}" if self.text("id") else None


def read_json(raw: bytes) -> Any:
    """Give the JSON value of some bytes, or None if they are none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def read_event(raw: bytes) -> Event | None:
    """Give the event in a request body; None if it is not a CloudEvent."""
    return _event(read_json(raw))


def read_bulk(raw: bytes) -> list[tuple[str, Event | None, bytes]] | None:
    """Give (entry id, event, raw entry) for each entry of a bulk delivery; None if the body is not one."""
    envelope = read_json(raw)
    if not isinstance(envelope, dict) or envelope.get("type") != _BULK_TYPE:
        return None
    entries = [entry for entry in envelope.get("entries") or () if isinstance(entry, dict)]
    return [(str(entry.get("entryId")), _entry(entry.get("event")), json.dumps(entry).encode()) for entry in entries]


def _entry(event: Any) -> Event | None:
    return Event(_decoded(event)) if isinstance(event, str) else _event(event)


def _event(envelope: Any) -> Event | None:
    if not isinstance(envelope, dict) or "specversion" not in envelope:
        return None
    encoded = envelope.get("data_base64")
    return Event(envelope.get("data") if encoded is None else _decoded(encoded), envelope)


def _decoded(text: Any) -> Any:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        return None
    return read_json(data)
