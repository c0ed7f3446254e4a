"""Progress of long steps as plain lines: at every tenth, and at least every five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

INTERVAL = 5.0  # seconds between two lines at most


def duration(seconds: float) -> str:
    """Give seconds as people say them: `42 s`, `3 min 5 s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Progress:
    """How far one step is, from its making on. `look` is to be called at every change and at least once a second."""

    def __init__(self, report: Callable[[str], None], state: Callable[[], tuple[str, int | None]]) -> None:
        """Report to `report` what `state` gives: the step's text and its percentage (None where that is unknown)."""
        self._report = report
        self._state = state
        self._started = time.monotonic()
        self._said_at = self._started
        self._said_tenth = 0

    def look(self) -> None:
        """Report a line if the next tenth is reached or the last line is five seconds old."""
        text, percent = self._state()
        tenth = (percent or 0) // 10
        now = time.monotonic()
        if tenth > self._said_tenth or now - self._said_at >= INTERVAL:
            self._said_tenth, self._said_at = tenth, now
            share = "" if percent is None else f" ({percent} %)"
            self._report(f"{text}{share}, {duration(now - self._started)}")


def steady(report: Callable[[str], None], text: str) -> Progress:
    """Give the progress of a step of which nothing but the elapsed time is known."""
    return Progress(report, lambda: (text, None))
