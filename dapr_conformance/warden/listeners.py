"""Who listens on which TCP port, without a connection that would disturb the app, and watching for changes."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from dapr_conformance.warden import proc
from dapr_conformance.warden.sockets import Listener, listening

_WAITING_S = 0.01  # how often to look while something is awaited
_PRESENT_S = 0.05  # how often to look for its end; a child's death is looked at at once

Seen = Callable[[frozenset[int]], None]


def owner(inode: int, near: Iterable[int]) -> int | None:
    """Give the lowest pid that has the socket open, looking at `near` first, then at every process we may look at."""
    for pids in (near, (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())):
        for pid in sorted(pids):
            if _has_open(pid, f"socket:[{inode}]"):
                return pid
    return None


def _has_open(pid: int, link: str) -> bool:
    return any(found == link for found in _links(pid))


def _links(pid: int) -> Iterator[str]:
    try:
        yield from map(_link, os.scandir(f"/proc/{pid}/fd"))
    except OSError:  # it ended, or is another user's
        return


def _link(entry: os.DirEntry[str]) -> str:
    try:
        return str(Path(entry.path).readlink())
    except OSError:  # closed while we looked
        return ""


def owned(pids: Iterable[int]) -> list[Listener]:
    """Give the listening sockets that processes have open, by port."""
    by_link = {f"socket:[{row.inode}]": row for row in listening()}
    links = {link for pid in pids for link in _links(pid)}
    return sorted((row for link, row in by_link.items() if link in links), key=lambda row: row.port)


def describe(port: int, ours: Callable[[], Collection[int]]) -> dict[str, Any] | None:
    """Give `pid`, `command` (None and empty when not ours to see), `address`, `reachable` and `ours` of a listener.

    `ours` gives the pids of the run's processes; it is asked only where something listens.
    """
    found = sorted((row for row in listening() if row.port == port), key=lambda row: not row.reachable)
    if not found:
        return None
    near = ours()
    pid = owner(found[0].inode, near)
    return {
        "pid": pid,
        "command": proc.command(pid) if pid else "",
        "address": found[0].address,
        "reachable": found[0].reachable,
        "ours": pid in near,
    }


class ListenerWatch:
    """Tells its watchers again and again which listening sockets (inodes) a port has, reachable on 127.0.0.1."""

    def __init__(self) -> None:
        """Start without watchers; nothing is read while there are none."""
        self._watchers: dict[int, tuple[int, Seen]] = {}
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, port: int, seen: Seen) -> Callable[[], None]:
        """Call `seen` with the sockets that listen on `port`, at once and at every look; returns how to stop it."""
        self._count += 1
        key = self._count
        self._watchers[key] = (port, seen)
        self.look()
        return lambda: (self._watchers.pop(key, None), None)[1]

    def look(self) -> None:
        """Look now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._watchers:
            return
        sockets = _reachable()
        waiting = any(not sockets[port] for port, _ in self._watchers.values())
        self._timer = asyncio.get_running_loop().call_later(_WAITING_S if waiting else _PRESENT_S, self.look)
        for port, seen in list(self._watchers.values()):
            seen(frozenset(sockets[port]))


def _reachable() -> defaultdict[int, set[int]]:
    sockets: defaultdict[int, set[int]] = defaultdict(set)
    for row in listening():
        if row.reachable:
            sockets[row.port].add(row.inode)
    return sockets
