"""Wait for a condition, never for time: the one polling loop, with a deadline and the last observation."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

from dapr_conformance.errors import UsageError

Observed = TypeVar("Observed")
LISTEN_S = "DAPR_CONFORMANCE_LISTEN_S"
_STEP_S = 0.01


def listen_s() -> float:
    """Give how many seconds an app may take until it listens: 60, or what the environment variable says.

    Raises:
        UsageError: the variable is no positive number.

    """
    text = os.environ.get(LISTEN_S, "60")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        problem = f"{LISTEN_S}={text}: this environment variable is a number of seconds above 0"
        raise UsageError(problem, advice=f"set it like {LISTEN_S}=90, or unset it for 60 s")
    return seconds


class StillWaitingError(Exception):
    """The condition did not hold before the deadline; `seen` is the last observation."""

    def __init__(self, what: str, timeout_s: float, seen: object) -> None:
        self.what = what
        self.timeout_s = timeout_s
        self.seen = seen
        super().__init__(f"{what} did not happen within {timeout_s:g} s; last seen: {seen!r}")


def wait_until(
    what: str,
    observe: Callable[[], Observed],
    *,
    timeout_s: float,
    holds: Callable[[Observed], bool] = bool,
    alive: Callable[[], None] = lambda: None,
) -> Observed:
    """Observe until it holds and give that observation.

    Args:
        what: the condition in words, for the message.
        observe: looks once.
        timeout_s: the deadline from now.
        holds: tells whether an observation is the awaited one.
        alive: raises when waiting has become pointless, for example because a process died.

    Raises:
        StillWaitingError: at the deadline.

    """
    deadline = time.monotonic() + timeout_s
    while True:
        seen = observe()
        if holds(seen):
            return seen
        alive()
        if time.monotonic() > deadline:
            raise StillWaitingError(what, timeout_s, seen)
        time.sleep(_STEP_S)
