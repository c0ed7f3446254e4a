"""One client connection of an h2c recorder: bytes passed on exactly, frame headers read beside them (RFC 9113, 4.1).

Each stream of the client's becomes an exchange with times and lengths. What its headers say is not known here (HPACK).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from dapr_conformance.warden.recorder.pair import Pair, Side
from dapr_conformance.warden.recorder.record import Record
from dapr_conformance.warden.recorder.store import Store

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER_BYTES = 9
_DATA, _HEADERS, _RST_STREAM = 0, 1, 3
_END_STREAM = 1

OnFrame = Callable[[int, int, int, int], None]


class FrameReader:
    """Reads frame headers out of one direction and calls `frame(type, flags, stream, length)` for each."""

    def __init__(self, preface: bytes, frame: OnFrame) -> None:
        """Expect `preface`, then frames."""
        self._preface = preface
        self._frame = frame
        self._header = b""
        self._skip = 0
        self._lost = False

    def feed(self, data: bytes) -> None:
        """Take bytes as they passed. A wrong preface is not HTTP/2: nothing is read from there on."""
        at = 0
        while at < len(data) and not self._lost:
            if self._preface:
                at = self._take_preface(data, at)
            elif self._skip:
                step = min(self._skip, len(data) - at)
                self._skip, at = self._skip - step, at + step
            else:
                at = self._take_header(data, at)

    def _take_preface(self, data: bytes, at: int) -> int:
        part = data[at : at + len(self._preface)]
        self._lost = not self._preface.startswith(part)
        self._preface = self._preface[len(part) :]
        return at + len(part)

    def _take_header(self, data: bytes, at: int) -> int:
        part = data[at : at + _HEADER_BYTES - len(self._header)]
        self._header += part
        if len(self._header) == _HEADER_BYTES:
            header, self._header = self._header, b""
            self._skip = int.from_bytes(header[:3], "big")
            stream = int.from_bytes(header[5:], "big") & 0x7FFFFFFF
            self._frame(header[3], header[4], stream, self._skip)
        return at + len(part)


class H2cPair(Pair):
    """A joined pair that times HTTP/2 streams."""

    def __init__(self, number: int, store: Store) -> None:
        """Take the connection's number and where exchanges go."""
        super().__init__()
        self._number = number
        self._store = store
        self._streams: dict[int, Record] = {}
        self._last = 0  # a client's streams have rising numbers
        self._sent = FrameReader(PREFACE, self._client_frame)
        self._received = FrameReader(b"", self._upstream_frame)

    def from_client(self, data: bytes) -> None:
        """Pass bytes on, then read them."""
        self.upstream.write(data)
        self._sent.feed(data)

    def from_upstream(self, data: bytes) -> None:
        """Pass bytes on, then read them."""
        self.client.write(data)
        self._received.feed(data)

    def _client_frame(self, kind: int, flags: int, stream: int, length: int) -> None:
        if kind == _HEADERS and stream > self._last:
            self._last = stream
            self._streams[stream] = self._store.open(self._number, "h2c")
        record = self._streams.get(stream)
        if record is None:
            return
        if kind == _DATA:
            record.request.length += length
        if kind in (_DATA, _HEADERS) and flags & _END_STREAM:
            record.request_end_ns = time.monotonic_ns()
        if kind == _RST_STREAM:
            self._end(stream, "client_closed")
        self._store.changed(record)

    def _upstream_frame(self, kind: int, flags: int, stream: int, length: int) -> None:
        record = self._streams.get(stream)
        if record is None:
            return
        if kind in (_DATA, _HEADERS) and record.response_start_ns is None:
            record.response_start_ns = time.monotonic_ns()
        if kind == _DATA:
            record.response.length += length
        if kind in (_DATA, _HEADERS) and flags & _END_STREAM:
            self._end(stream, "complete")
        elif kind == _RST_STREAM:
            self._end(stream, "upstream_closed")
        self._store.changed(record)

    def _end(self, stream: int, outcome: str) -> None:
        self._store.ended(self._streams.pop(stream), outcome)

    def _end_all(self, outcome: str) -> None:
        for stream in list(self._streams):
            self._end(stream, outcome)

    def changed(self) -> None:
        """Close, as if nobody listened, when the upstream is refused."""
        if self.refused:
            self._store.ended(self._store.open(self._number, "h2c"), "refused")
            self._end_all("refused")
            self.client.reset()

    def side_ended(self, side: Side) -> None:
        """Pass the end of a direction on; streams under way end with it."""
        self._end_all("client_closed" if side is self.client else "upstream_closed")
        side.peer.write_eof()
        if side.peer.ended:
            self.client.close()
            self.upstream.close()

    def side_lost(self, side: Side, error: Exception | None) -> None:
        """Pass the loss on; streams under way end with it."""
        self._end_all("client_closed" if side is self.client else "upstream_closed")
        self.end_other(side, error)
        if side is self.client:
            self.client_gone()
