"""Whether two answers say the same: status and JSON, where the order of lists means nothing."""

from __future__ import annotations

import json
from typing import Any


def meaning(status: int | None, body: bytes) -> tuple[int | None, str]:
    """Give what an answer says in a form that can be compared; a body that is no JSON says itself."""
    try:
        return status, _ordered(json.loads(body))
    except (ValueError, RecursionError):
        return status, body.decode("latin-1")


def _ordered(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(_ordered, value))) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_ordered(value[name])}" for name in sorted(value)) + "}"
    return json.dumps(value)
