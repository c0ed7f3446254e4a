"""How busy this machine is with other things than the arena: then times say nothing about the app.

Rule: proc(5): `procs_running` of /proc/stat, and the state of each thread in /proc/PID/task/TID/stat.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def waiting_for_others(pids: Iterable[int], proc: Path = _PROC) -> float:
    """Give how many threads of other processes want each processor now; 1 and more means that ours have to wait.

    Args:
        pids: the processes that are not others.
        proc: where the kernel tells.

    """
    own = sum(_running(proc / str(pid) / "task") for pid in pids)
    return max(0, _all_running(proc / "stat") - own) / (os.cpu_count() or 1)


def _all_running(path: Path) -> int:
    lines = path.read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("procs_running ")), 0)


def _running(tasks: Path) -> int:
    try:
        states = [(task / "stat").read_text(encoding="ascii", errors="replace") for task in tasks.iterdir()]
    except OSError:  # it ends just now
        return 0
    # The name in parentheses may hold anything; the state is the first field behind it.
    return sum(state.rpartition(")")[2].split()[:1] == ["R"] for state in states)
