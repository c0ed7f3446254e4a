"""Waiting for an event, but not for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def happened(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait for an event for at most `timeout_s` seconds; returns whether it has happened."""
    with suppress(asyncio.TimeoutError):  # on Python 3.10 not the builtin TimeoutError
        await asyncio.wait_for(event.wait(), timeout_s)
    return event.is_set()
