"""Who listens on which TCP port, read from /proc/net so that the app is not disturbed by a connection (proc(5))."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.warden import proc

_LISTEN = "0A"
# What a dial of 127.0.0.1 reaches: 127.0.0.1, 0.0.0.0, :: (both families) and ::ffff:127.0.0.1.
_REACHABLE = {"0100007F", "00000000", "0" * 32, "0000000000000000FFFF00000100007F"}
_WAITING_S = 0.01  # how often to look while something is awaited
_PRESENT_S = 0.05  # how often to look for its end; a child's death is looked at at once

Seen = Callable[[frozenset[int]], None]


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket; `reachable` says whether a connection to 127.0.0.1 gets there."""

    port: int
    inode: int
    address: str
    reachable: bool


def listening() -> list[Listener]:
    """Give every listening TCP socket of this network namespace."""
    return [*_rows("/proc/net/tcp"), *_rows("/proc/net/tcp6")]


def _rows(path: str) -> Iterable[Listener]:
    try:
        with Path(path).open(encoding="ascii") as file:
            next(file)
            for line in file:
                row = line.split(None, 10)
                if row[3] != _LISTEN:
                    return  # the kernel prints listeners first; the connections after them can be many
                address, _, port = row[1].partition(":")
                yield Listener(int(port, 16), int(row[9]), _address(address), address in _REACHABLE)
    except FileNotFoundError:  # a kernel without IPv6
        return


def _address(text: str) -> str:
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    if len(words) == 1:
        return ".".join(str(byte) for byte in words[0])
    return "[" + ":".join(word[at : at + 2].hex() for word in words for at in (0, 2)) + "]"


def owner(inode: int, near: Iterable[int]) -> int | None:
    """Give the lowest pid that has the socket open, looking at `near` first, then at every process we may look at."""
    for pids in (near, (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())):
        for pid in sorted(pids):
            if _has_open(pid, f"socket:[{inode}]"):
                return pid
    return None


def _has_open(pid: int, link: str) -> bool:
    try:
        return any(_link(entry) == link for entry in os.scandir(f"/proc/{pid}/fd"))
    except OSError:  # it ended, or is another user's
        return False


def _link(entry: os.DirEntry[str]) -> str:
    try:
        return str(Path(entry.path).readlink())
    except OSError:  # closed while we looked
        return ""


def describe(port: int, near: Iterable[int]) -> dict[str, object] | None:
    """Give `pid`, `command` (None and empty when not ours to see), `address` and `reachable` of a port's listener."""
    found = sorted((row for row in listening() if row.port == port), key=lambda row: not row.reachable)
    if not found:
        return None
    pid = owner(found[0].inode, near)
    return {
        "pid": pid,
        "command": proc.command(pid) if pid else "",
        "address": found[0].address,
        "reachable": found[0].reachable,
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
        for port, seen in list(self._watchers.values()):
            seen(frozenset(sockets[port]))
        waiting = any(not sockets[port] for port, _ in self._watchers.values())
        self._timer = asyncio.get_running_loop().call_later(_WAITING_S if waiting else _PRESENT_S, self.look)


def _reachable() -> defaultdict[int, set[int]]:
    sockets: defaultdict[int, set[int]] = defaultdict(set)
    for row in listening():
        if row.reachable:
            sockets[row.port].add(row.inode)
    return sockets
