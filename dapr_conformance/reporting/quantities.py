"""Numbers for people: three digits, a unit, no false precision."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any


def seconds(value: float | None) -> str:
    """Give a duration in seconds as `12 ms`, `3.4 s` or `2 min 5 s`; of None, `unknown`."""
    if value is None:
        return "unknown"
    if value < 1:
        return milliseconds(value * 1000)
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def milliseconds(value: float) -> str:
    """Give a duration in milliseconds with about three digits."""
    if value >= 1000:
        return seconds(value / 1000)
    return f"{value:.0f} ms" if value >= 10 or value == 0 else f"{value:.1f} ms"


def number(value: Any) -> str:
    """Give a number with separators and at most six significant digits; anything else as its text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "unknown" if value is None else str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def size(length: int) -> str:
    """Give a length in bytes."""
    return "1 byte" if length == 1 else f"{length:,} bytes"


def moment(text: str | None) -> str:
    """Give an ISO 8601 instant as `2026-11-21 11:17:03 UTC`; what cannot be read as one stays as it is."""
    if text is None:
        return "unknown"
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if instant.tzinfo is None:
        return text
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
