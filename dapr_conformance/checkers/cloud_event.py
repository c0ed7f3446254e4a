"""Whether a JSON value is a CloudEvent, and what it carries.

Rule: CloudEvents 1.0.2, sections 3.1 (attributes) and JSON event format 1.0.2, section 3 (data and data_base64).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

CONTENT_TYPE = "application/cloudevents+json"
_REQUIRED = ("id", "source", "specversion", "type")
_OPTIONAL_TEXTS = ("datacontenttype", "dataschema", "subject")
_NAME = re.compile(r"[a-z0-9]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)


def problem(event: Any, *, without: Collection[str] = ()) -> str:
    """Give what makes a JSON value no valid CloudEvent; empty when it is one.

    Args:
        event: the value.
        without: required attributes that may be missing.

    """
    if not isinstance(event, dict):
        return "it is not a JSON object"
    found = (*_of_required(event, without), *_of_optional(event), *_of_names(event), *_of_data(event))
    return "; ".join(found)


def is_envelope(value: Any) -> bool:
    """Tell whether a JSON value has what every CloudEvent must have."""
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in _REQUIRED)


def _of_required(event: Mapping[str, Any], without: Collection[str]) -> list[str]:
    needed = [name for name in _REQUIRED if name in event or name not in without]
    found = [f"{name} is {event.get(name)!r}" for name in needed if not _is_text(event.get(name))]
    return found or (["specversion is not 1.0"] if event.get("specversion", "1.0") != "1.0" else [])


def _of_optional(event: Mapping[str, Any]) -> list[str]:
    found = [f"{name} is {event[name]!r}" for name in _OPTIONAL_TEXTS if name in event and not _is_text(event[name])]
    return found + ([f"time is {event['time']!r}"] if "time" in event and not _is_time(event["time"]) else [])


def _of_names(event: Mapping[str, Any]) -> list[str]:
    wrong = [name for name in event if name != "data_base64" and not _NAME.fullmatch(name)]
    nested = [name for name in event if name != "data" and isinstance(event[name], dict | list | float)]
    return [f"the attribute name {name!r}" for name in wrong] + [f"the value of {name}" for name in nested]


def _of_data(event: Mapping[str, Any]) -> list[str]:
    if "data_base64" not in event:
        return []
    both = ["both data and data_base64"] if "data" in event else []
    return both + ([] if decoded(event["data_base64"]) is not None else ["data_base64 is no base64"])


def decoded(text: Any) -> bytes | None:
    """Give the bytes of base64 (RFC 4648, section 4); None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:  # such as the 30th of February
        return False
    return True
