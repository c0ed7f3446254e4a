"""Reading /proc: which processes there are, who descends from whom, and who carries a run's mark (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RUN_MARK = "DAPR_CONFORMANCE_RUN"  # in the environment of every process of a run
PROCESS_MARK = "DAPR_CONFORMANCE_PROCESS"  # the name under which the warden started it, for orphans that left its tree


@dataclass(frozen=True)
class Entry:
    """One process: its parent, process group and session; `state` is the letter of /proc/PID/stat."""

    pid: int
    state: str
    parent: int
    group: int
    session: int


def table() -> dict[int, Entry]:
    """Give every living process by pid; zombies are left out, as they only wait for their parent."""
    entries = (_entry(found.name) for found in os.scandir("/proc") if found.name.isdigit())
    return {entry.pid: entry for entry in entries if entry and entry.state not in "ZX"}


def _entry(name: str) -> Entry | None:
    stat = _read(name, "stat").rpartition(b")")[2].split()
    if not stat:
        return None  # it ended while we looked
    return Entry(int(name), stat[0].decode(), int(stat[1]), int(stat[2]), int(stat[3]))


def _read(pid: int | str, name: str) -> bytes:
    try:
        return Path("/proc", str(pid), name).read_bytes()
    except OSError:  # it ended, or is another user's
        return b""


def descendants(of: int, entries: Mapping[int, Entry]) -> set[int]:
    """Give the pids below `of` in the tree of parents, without `of` itself."""
    children: dict[int, list[int]] = {}
    for entry in entries.values():
        children.setdefault(entry.parent, []).append(entry.pid)
    found: set[int] = set()
    waiting = list(children.get(of, ()))
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, ())
    return found


def carries(pid: int, name: str, value: str) -> bool:
    """Say whether the process was started with exactly this environment variable (as /proc/PID/environ has it)."""
    return f"{name}={value}".encode() in _read(pid, "environ").split(b"\0")


def marked(run_id: str, entries: Mapping[int, Entry]) -> set[int]:
    """Give the pids of `entries` that carry the mark of this run, without the calling process."""
    return {pid for pid in entries if pid != os.getpid() and carries(pid, RUN_MARK, run_id)}


def command(pid: int) -> str:
    """Give the command line for a person to read, or the empty text when the process has ended."""
    return _read(pid, "cmdline").rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
