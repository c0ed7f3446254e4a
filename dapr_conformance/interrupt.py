"""Ctrl-C and SIGTERM: the first ends the run early with its report; an impatient second one must not cut that off."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# An exception raised inside a destructor or a callback is swallowed by Python; then a person's next Ctrl-C must count.
_PATIENCE_S = 10.0


def once() -> None:
    """Make SIGINT and SIGTERM raise KeyboardInterrupt; more of them within ten seconds do nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    heard: list[float] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not heard or now - heard[-1] > _PATIENCE_S:
            heard.append(now)
            raise KeyboardInterrupt(signal.Signals(number).name)

    for number in _SIGNALS:
        signal.signal(number, interrupt)


@contextmanager
def ignored() -> Iterator[None]:
    """Let no interrupt cut off the end of a run, which takes some seconds at most."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
