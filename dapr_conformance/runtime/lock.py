"""One builder at a time: a file lock that two runs of the tool share.

The kernel drops the lock when its holder dies, however it dies, so a lock is never stale.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dapr_conformance.runtime.progress import INTERVAL, duration

_LOOK_AGAIN = 0.1  # seconds; a blocking lock call could not say meanwhile that it waits


@contextmanager
def exclusive(path: Path, what: str, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path` for the block; while another process holds it, wait and say so.

    Args:
        path: the lock file; made if missing, never removed (removing it would let two holders in).
        what: what the lock is for, as in "getting Dapr 1.18.2".
        report: takes a line as soon as it has to wait and about every five seconds from then on.

    """
    with path.open("a+", encoding="ascii") as file:
        _take(path, file, what, report)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(path: Path, file: IO[str], what: str, report: Callable[[str], None]) -> None:
    started = time.monotonic()
    due = started
    while not _taken(file):
        now = time.monotonic()
        if now >= due:
            report(f"process {_holder(path)} is {what}; waiting for it, {duration(now - started)}")
            due = now + INTERVAL
        time.sleep(_LOOK_AGAIN)


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    return path.read_text(encoding="ascii") or "(id not written yet)"
