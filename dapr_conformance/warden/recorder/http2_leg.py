"""One HTTP/2 connection of a pair (RFC 9113): parts of streams go out in their order, as fast as the windows allow.

h2 takes a GOAWAY for the end of everything, but streams under way go on behind it; so it is cut out of what comes, and
written beside what h2 sends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import GoAwayFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
WINDOW = 1 << 20  # bytes that an end may send before they have been passed on
_FRAME_HEAD = 9
_GOAWAY = 7
_MANY = 1 << 31  # streams, and bytes of header lists: the other end's limits hold, not the recorder's

Lines = list[tuple[bytes, bytes]]


class Part(NamedTuple):
    """A part of a message: header lines (the head, or the trailers behind the body), or bytes; `reset` is a code.

    `counted`: its data still take room that their sender was given.
    """

    lines: Lines | None = None
    data: bytes = b""
    end: bool = False
    reset: int | None = None
    counted: bool = False


class GoAway(NamedTuple):
    """What a GOAWAY frame says."""

    last_stream: int
    code: int
    more: bytes


Sent = Callable[[int], object]  # is told how many bytes were sent


class Leg:
    """Speaks HTTP/2 on one connection.

    Args:
        write: takes bytes for the other end.
        client: whether this end is the client.

    """

    def __init__(self, write: Callable[[bytes], None], *, client: bool) -> None:
        self._write = write
        # What passes is passed on as it is, be it good or bad.
        config = h2.config.H2Configuration(
            client_side=client,
            header_encoding=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
            validate_inbound_headers=False,
            normalize_inbound_headers=False,
        )
        self.http2 = h2.connection.H2Connection(config)
        self.http2.local_settings = h2.settings.Settings(client=client, initial_values=_settings(client=client))
        self._cut = _Cut()
        self._boxes: dict[int, deque[tuple[Part, Sent]]] = {}

    def start(self) -> None:
        """Send the preface."""
        self.http2.initiate_connection()
        self.http2.increment_flow_control_window(WINDOW)
        self.flush()

    def receive(self, data: bytes) -> list[h2.events.Event | GoAway]:
        """Give what bytes of the other end say.

        Raises:
            h2.exceptions.ProtocolError: they are no HTTP/2.

        """
        found: list[h2.events.Event | GoAway] = []
        for piece in self._cut.feed(data):
            found.extend([piece] if isinstance(piece, GoAway) else self.http2.receive_data(piece))
        return found

    def send(self, stream: int, part: Part, sent: Sent) -> None:
        """Send a part behind what waits already; `sent` is told how many bytes of counted data went out, each time."""
        self._boxes.setdefault(stream, deque()).append((part, sent))
        self.pump(stream)

    def pump(self, stream: int) -> None:
        """Send what waits and may go now; 0 means every stream."""
        for number in [*self._boxes] if stream == 0 else [stream]:
            self._pump(number)

    def _pump(self, stream: int) -> None:
        try:
            self._empty(stream)
        except h2.exceptions.NoSuchStreamError:  # it was reset meanwhile
            self.forget(stream)

    def _empty(self, stream: int) -> None:
        box = self._boxes.get(stream)
        while box:
            part, sent = box[0]
            rest = self._sent(stream, part, sent)
            if rest is part:
                return
            box.popleft()
            if rest is not None:
                box.appendleft((rest, sent))
        self._boxes.pop(stream, None)

    def _sent(self, stream: int, part: Part, sent: Sent) -> Part | None:
        """Send what may go now of a part; gives what is left."""
        if part.reset is not None:
            self.http2.reset_stream(stream, part.reset)
        elif part.lines is not None:
            self.http2.send_headers(stream, part.lines, end_stream=part.end)
        elif part.data:
            return self._sent_data(stream, part, sent)
        elif part.end:
            self.http2.end_stream(stream)
        return None

    def _sent_data(self, stream: int, part: Part, sent: Sent) -> Part | None:
        window = min(self.http2.local_flow_control_window(stream), self.http2.max_outbound_frame_size)
        piece = part.data[: max(0, window)]
        if not piece:
            return part
        whole = len(piece) == len(part.data)
        self.http2.send_data(stream, piece, end_stream=part.end and whole)
        if part.counted:
            sent(len(piece))
        return None if whole else part._replace(data=part.data[len(piece) :])

    def forget(self, stream: int) -> None:
        """Send nothing more of what waits for a stream; the room that it took is given back."""
        for part, sent in self._boxes.pop(stream, ()):
            if part.counted:
                sent(len(part.data))

    def reset(self, stream: int, code: int) -> None:
        """End a stream at once."""
        self.forget(stream)
        self.send(stream, Part(reset=code), self._nothing)

    @staticmethod
    def _nothing(_sent: int) -> None:
        """Take note of nothing."""

    def taken(self, stream: int, count: int) -> None:
        """Let the other end send as many bytes more as were passed on."""
        if count:
            self.http2.acknowledge_received_data(count, stream)

    def go_away(self, said: GoAway) -> None:
        """Pass a GOAWAY on; streams under way go on."""
        self.flush()
        frame = GoAwayFrame(last_stream_id=said.last_stream, error_code=said.code, additional_data=said.more)
        self._write(frame.serialize())

    def flush(self) -> None:
        """Send what is ready."""
        data = self.http2.data_to_send()
        if data:
            self._write(data)


def _settings(*, client: bool) -> dict[h2.settings.SettingCodes, int]:
    codes = h2.settings.SettingCodes
    limits = {codes.MAX_CONCURRENT_STREAMS: _MANY - 1, codes.MAX_HEADER_LIST_SIZE: _MANY - 1}
    push = {codes.ENABLE_PUSH: 0} if client else {}
    return {**push, **limits, codes.INITIAL_WINDOW_SIZE: WINDOW, codes.MAX_FRAME_SIZE: 1 << 14}


class _Cut:
    """Cuts GOAWAY frames out of one direction; all other bytes come out as they went in."""

    def __init__(self) -> None:
        self._preface = 0  # bytes that come before the first frame; only clients send any
        self._held = b""
        self._skip = 0
        self._first = True

    def feed(self, data: bytes) -> list[bytes | GoAway]:
        """Give pieces for h2 and GOAWAYs, in their order."""
        if self._first:
            self._first = False
            self._skip = len(PREFACE) if data.startswith(PREFACE) else 0
        data, self._held = self._held + data, b""
        found: list[bytes | GoAway] = []
        start = at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip, at = self._skip - step, at + step
                continue
            length = int.from_bytes(data[at : at + 3], "big")
            if at + _FRAME_HEAD > len(data) or (data[at + 3] == _GOAWAY and at + _FRAME_HEAD + length > len(data)):
                break
            if data[at + 3] != _GOAWAY:
                self._skip = _FRAME_HEAD + length
                continue
            found += [data[start:at]] if at > start else []
            said = data[at + _FRAME_HEAD : at + _FRAME_HEAD + length]
            found.append(
                GoAway(int.from_bytes(said[:4], "big") & 0x7FFFFFFF, int.from_bytes(said[4:8], "big"), said[8:])
            )
            start = at = at + _FRAME_HEAD + length
        self._held = data[at:]
        return [*found, data[start:at]] if at > start else found
