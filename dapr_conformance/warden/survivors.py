"""For pytest, in case the warden itself is killed: inherit what it owned, and end it by the run's mark."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import proc
from dapr_conformance.warden.subreaper import set_subreaper

_LOOK_S = 0.01


@contextmanager
def become_subreaper() -> Iterator[None]:
    """Be a child subreaper while the context lasts, so that a killed warden's children become this process' own."""
    before = set_subreaper(True)
    try:
        yield
    finally:
        set_subreaper(before)


def end_marked(run_id: str, timeout_s: float = 5.0) -> list[str]:
    """Kill every process with exactly this run's mark in its environment until there is none.

    Returns their command lines.

    Raises:
        HarnessError: some outlive SIGKILL for `timeout_s` seconds.

    """
    ended: dict[int, str] = {}
    deadline = time.monotonic() + timeout_s
    while left := proc.marked(run_id, proc.table()):
        for pid in left:
            ended.setdefault(pid, proc.command(pid))
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise HarnessError("processes of the run outlived SIGKILL: " + ", ".join(ended[pid] for pid in left))
        time.sleep(_LOOK_S)
    _reap(ended)
    return list(ended.values())


def _reap(pids: dict[int, str]) -> None:
    for pid in pids:
        with suppress(ChildProcessError):  # it was not ours to wait for
            os.waitpid(pid, os.WNOHANG)
