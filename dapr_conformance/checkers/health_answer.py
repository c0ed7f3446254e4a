"""Whether body and status of a health route's answer say the same.

Words as they are used by Spring Boot, ASP.NET Core, health+json and hand-written routes.
"""

from __future__ import annotations

import json
import re
from typing import Any

_GOOD = frozenset({"ok", "okay", "up", "healthy", "ready", "alive", "pass", "passing", "live", "success", "serving"})
_BAD = frozenset(
    {"down", "unhealthy", "unready", "fail", "failed", "failing", "failure", "error", "unavailable", "dead", "broken"}
)
_FIELDS = ("status", "state", "health", "healthy", "ready", "alive", "live", "ok", "up")
_LONGEST = 40  # of a text that is taken for one word of health


def disagreement(status: int | None, body: bytes) -> str:
    """Give what a body says against its status, such as `not ready` in a 200; empty when they agree or nothing is said.

    Args:
        status: of the answer, None for none.
        body: JSON or text; what is no word of health says nothing.

    """
    said = _said(body)
    if status is None or said is None:
        return ""
    text, good = said
    return text if good != (status < 400) else ""


def _said(body: bytes) -> tuple[str, bool] | None:
    text = body.decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    if isinstance(found, dict):
        fields = {str(name).lower(): value for name, value in found.items()}
        told = (_meant(fields[name]) for name in _FIELDS if name in fields)
        return next((each for each in told if each is not None), None)
    return _meant(found)


def _meant(value: Any) -> tuple[str, bool] | None:
    if isinstance(value, bool):
        return json.dumps(value), value
    if isinstance(value, str) and len(value) <= _LONGEST:
        words = re.findall(r"[a-z]+", value.lower())
        negated = bool({"not", "no", "out"} & set(words))
        if any(word in _BAD for word in words):
            return value, negated
        if any(word in _GOOD for word in words):
            return value, not negated
    return None
