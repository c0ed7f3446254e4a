"""Ports of 127.0.0.1 that belong to this run: bound and held until a child or a recorder takes them over."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterable, Iterator

from dapr_conformance.errors import BlockedError

FIRST, LAST = 10_000, 31_999  # below the ephemeral range (32768 and up), so no outgoing connection takes one
HOST = "127.0.0.1"


class Ports:
    """The ports of one warden.

    A port is bound, without SO_REUSEADDR from then on, and not listening, so that nobody else can bind it and dialling
    it is refused. It also has a lock, an abstract Unix socket that lives as long as the warden and has the port's own
    scope (the network namespace): a port that was handed to a child stays this run's, even while the child is being
    restarted.
    """

    def __init__(self) -> None:
        """Start without any port."""
        self._held: dict[int, socket.socket] = {}
        self._locks: dict[int, socket.socket] = {}

    def reserve(self, count: int) -> list[int]:
        """Give `count` ports that nobody uses, held.

        Raises:
            BlockedError: fewer are free.

        """
        found: list[int] = []
        for port in _from_anywhere():
            if len(found) == count:
                break
            if self._hold(port):
                found.append(port)
        if len(found) < count:
            self._give_up(found)
            raise BlockedError(
                f"only {len(found)} of {count} TCP ports are free on {HOST} between {FIRST} and {LAST}",
                advice="end the programs that hold them (ss -ltn shows listeners)",
            )
        return found

    def claim(self, port: int) -> bool:
        """Hold a port that an app insists on; returns whether it is this run's, now or already."""
        return port in self._locks or self._hold(port)

    def give_up_all(self) -> None:
        """Leave every port to others."""
        self._give_up(list(self._locks))

    def _hold(self, port: int) -> bool:
        lock = _bound(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + lock_name(port))
        if lock is None:
            return False
        try:
            held = _bound(socket.AF_INET, socket.SOCK_STREAM, (HOST, port))
        except PermissionError:  # below 1024: whether the app may listen there is the app's own affair
            self._locks[port] = lock
            return True
        if held is None:
            lock.close()
            return False
        self._locks[port], self._held[port] = lock, held
        return True

    def _give_up(self, ports: Iterable[int]) -> None:
        for port in ports:
            self.release(port)
            self._locks.pop(port).close()

    def release(self, port: int) -> None:
        """Let go of a held port just before a child binds it; a port that is not held (any more) is left alone."""
        held = self._held.pop(port, None)
        if held is not None:
            held.close()

    def take(self, port: int) -> socket.socket:
        """Give the held socket of a port to a recorder; a port that is not held is bound now.

        Raises:
            BlockedError: somebody else has it.

        """
        held = self._held.pop(port, None) or _bound(socket.AF_INET, socket.SOCK_STREAM, (HOST, port))
        if held is None:
            raise BlockedError(
                f"port {port} of {HOST} is taken",
                advice=f"end the program that holds it (ss -ltnp 'sport = :{port}')",
            )
        return held

    def give_back(self, held: socket.socket) -> None:
        """Hold the bound socket of a closed recorder again."""
        self._held[held.getsockname()[1]] = held


def lock_name(port: int) -> str:
    """Give the name of a port's lock among the abstract Unix sockets of a network namespace."""
    return f"dapr-conformance/port/{port}"


def _from_anywhere() -> Iterator[int]:
    """Give every port of the range, starting at a random one so that runs seldom meet."""
    span = LAST + 1 - FIRST
    start = secrets.randbelow(span)
    return (FIRST + (start + step) % span for step in range(span))


def _bound(family: int, kind: int, address: str | tuple[str, int]) -> socket.socket | None:
    made = socket.socket(family, kind)
    try:
        # What lingers of connections that an app has closed (TIME_WAIT) must not take its port from the next run;
        # without the option afterwards nobody else can bind it.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError as error:
        made.close()
        if isinstance(error, PermissionError):
            raise
        return None
    return made
