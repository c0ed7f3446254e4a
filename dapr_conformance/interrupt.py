"""Ctrl-C and SIGTERM: the first ends the run early with its report; an impatient second one must not cut that off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_heard: list[str] = []


def once() -> None:
    """Make the first SIGINT or SIGTERM raise KeyboardInterrupt, and those after it nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    _heard.clear()
    for number in _SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if not _heard:
        _heard.append(signal.Signals(number).name)
        raise KeyboardInterrupt(_heard[0])


def again() -> None:
    """Raise KeyboardInterrupt if there was an interrupt, for code that goes on for long.

    Python swallows an exception that a signal raises inside a destructor or a callback of its garbage collector, and
    where examples are drawn one signal in fifty or so arrives in Hypothesis' callback.

    Raises:
        KeyboardInterrupt: the run was interrupted.

    """
    if _heard:
        raise KeyboardInterrupt(_heard[0])


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
