"""The two TCP connections that a recorder joins, with backpressure, half-closing and resets passed on.

Every client connection has an upstream connection of its own, opened when it is accepted, so that what the two ends
see of each other (idle closing, restarts, resets) is what they would see without a recorder.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

HELD_BYTES = 256 * 1024  # what may wait in the recorder before the sender is made to wait
_LINGER_RESET = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """One of the two connections. `peer` is the other; what arrives goes to the pair."""

    def __init__(self, pair: Pair, data: Callable[[bytes], None]) -> None:
        """Belong to a pair, which takes `data`."""
        self._pair = pair
        self._data = data
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []  # written before the connection stood
        self._reasons: set[str] = set()
        self.peer: Side = self
        self.ended = False  # the other end sends no more
        self.lost = False
        self._eof_sent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what was written already."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(type(transport))
        self._transport = transport
        # asyncio sets it only where the socket names its protocol, which an accepted one does not.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        early, self._early = b"".join(self._early), []
        if early:
            transport.write(early)
        self.peer.go("early")
        self._read()
        if self.peer.lost:
            transport.close()
        self._pair.changed()

    def data_received(self, data: bytes) -> None:
        """Hand the bytes to the pair."""
        self._data(data)

    def eof_received(self) -> bool:
        """Note the end of what the other end sends; the connection stays open for what it is still to get."""
        self.ended = True
        self._pair.side_ended(self)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        self.ended = self.lost = True
        self._pair.side_lost(self, exc)

    def pause_writing(self) -> None:
        """Make the peer's sender wait."""
        self.peer.wait("full")

    def resume_writing(self) -> None:
        """Let the peer's sender go on."""
        self.peer.go("full")

    def write(self, data: bytes) -> None:
        """Send bytes, or keep them until the connection stands; nothing is sent on one that is gone."""
        if self._transport is None:
            self._early.append(data)
            self.peer.wait("early")
        elif not self._transport.is_closing() and not self._eof_sent:
            self._transport.write(data)

    def wait(self, reason: str) -> None:
        """Read no more from this connection until `go` with the same reason."""
        self._reasons.add(reason)
        self._read()

    def go(self, reason: str) -> None:
        """Read on, unless there are other reasons to wait."""
        if reason in self._reasons:
            self._reasons.remove(reason)
            self._read()

    def _read(self) -> None:
        if self._transport is None or self._transport.is_closing() or self.ended:
            return
        if self._reasons:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def write_eof(self) -> None:
        """Send the end of this direction, once, behind what is still to be sent."""
        if self._transport is not None and not self._transport.is_closing():
            self._eof_sent = True
            with suppress(OSError):  # the other end has reset the connection; that is told by connection_lost
                self._transport.write_eof()

    def close(self) -> None:
        """Close behind what is still to be sent."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Close at once; the other end sees a reset."""
        if self._transport is None:
            return
        made: socket.socket | None = self._transport.get_extra_info("socket")
        if made is not None and made.fileno() >= 0:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._transport.abort()


def _nothing() -> None:
    """Be the default of a callback."""


class Pair(ABC):
    """A client connection and its upstream connection. A recorder kind says what happens to the bytes.

    `client_gone` is called when the client's connection is gone; whoever made the pair may set it.
    """

    def __init__(self) -> None:
        """Make both sides; the recorder connects them."""
        self.client = Side(self, self.from_client)
        self.upstream = Side(self, self.from_upstream)
        self.client.peer, self.upstream.peer = self.upstream, self.client
        self.refused = False
        self.client_gone: Callable[[], None] = _nothing

    @abstractmethod
    def from_client(self, data: bytes) -> None:
        """Take bytes of the client."""

    @abstractmethod
    def from_upstream(self, data: bytes) -> None:
        """Take bytes of the upstream."""

    @abstractmethod
    def side_ended(self, side: Side) -> None:
        """Take note that a side sends no more."""

    @abstractmethod
    def side_lost(self, side: Side, error: Exception | None) -> None:
        """Take note that a side's connection is gone; `error` when it was not closed in order."""

    @abstractmethod
    def changed(self) -> None:
        """Go on after a side was connected."""

    def upstream_refused(self) -> None:
        """Take note that nobody takes upstream connections."""
        self.refused = True
        self.client.go("early")
        self.changed()

    def close(self) -> None:
        """End both connections at once, as when the recorder is closed."""
        self.client.reset()
        self.upstream.reset()

    def end_other(self, side: Side, error: Exception | None) -> None:
        """Pass on that a side is gone: a reset as a reset."""
        if error is None:
            side.peer.close()
        else:
            side.peer.reset()
