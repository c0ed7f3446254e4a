"""A lean gRPC client for unary calls: one kept connection per thread, prior-knowledge HTTP/2, messages as bytes.

grpcio is an order of magnitude larger than all else the harness needs, and starts threads of its own.
Rule: gRPC over HTTP/2 (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
"""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field
from urllib.parse import unquote

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from dapr_conformance.building_blocks.connection import HOST, Dial, dial, readable

_READ_BYTES = 256 * 1024
_PREFIX = struct.Struct(">BI")  # compressed or not, length
OK = 0


@dataclass
class GrpcReply:
    """What a unary call was answered: gRPC status (None when there was no answer), its text, and the message."""

    method: str
    status: int | None = None
    text: str = ""
    message: bytes = b""
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the status is OK."""
        return self.status == OK

    def __str__(self) -> str:
        """Give one line: the call and how it ended."""
        return f"gRPC {self.method} -> {self.failure or f'status {self.status} {self.text}'.rstrip()}"


@dataclass
class _Stream:
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: bool = False
    ended: bool = False


class GrpcClient:
    """Calls one address. Thread-safe: each thread has a connection of its own.

    Args:
        port: port on 127.0.0.1.
        timeout_s: limit for connecting and for each read.
        dial: makes the connections; a run with a network of its own has a 127.0.0.1 of its own.

    """

    def __init__(self, port: int, *, timeout_s: float = 30.0, dial: Dial = dial) -> None:
        self.port = port
        self._dial = dial
        self.timeout_s = timeout_s
        self._local = threading.local()

    def call(self, method: str, message: bytes = b"", *, timeout_s: float | None = None) -> GrpcReply:
        """Make one unary call (`/package.Service/Method`); never raises for a failed one."""
        try:
            stream = self._exchange(method, message, timeout_s or self.timeout_s)
            return _reply(method, stream)
        except (OSError, h2.exceptions.H2Error) as error:
            self.close()
            return GrpcReply(method, failure=f"{type(error).__name__}: {error}".rstrip(": "))

    def _exchange(self, method: str, message: bytes, timeout_s: float) -> _Stream:
        connection = self._connection(timeout_s)
        number, stream = connection.http2.get_next_available_stream_id(), _Stream()
        connection.http2.send_headers(number, _request_headers(method, self.port))
        connection.send_message(number, stream, _PREFIX.pack(0, len(message)) + message)
        while not stream.ended:
            connection.receive(number, stream)
        if not stream.sent or connection.ending:  # what was not read would take room from the next call's message
            self.close()
        return stream

    def _connection(self, timeout_s: float) -> _Connection:
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is None or not found.usable():
            self.close()
            found = self._local.connection = _Connection(self._dial(self.port, timeout_s))
        found.socket.settimeout(timeout_s)
        return found

    def close(self) -> None:
        """Close this thread's connection; the next call makes another one."""
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.socket.close()
        self._local.connection = None


class _Connection:
    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.http2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.http2.initiate_connection()
        self.ending = False  # the server has announced that it takes no more calls

    def usable(self) -> bool:
        """Tell whether it takes another call: a sidecar that was stopped has said so or has closed it."""
        try:
            while readable(self.socket):
                self.receive(0, _Stream())
        except (OSError, h2.exceptions.H2Error):
            return False
        return not self.ending

    def send_message(self, number: int, stream: _Stream, data: bytes) -> None:
        """Send the request's body, as much at a time as the other end takes; an early answer ends that."""
        while data and not stream.ended:
            window = max(0, self.http2.local_flow_control_window(number))
            room = min(window, self.http2.max_outbound_frame_size, len(data))
            if room:
                stream.sent = room == len(data)
                self.http2.send_data(number, data[:room], end_stream=stream.sent)
                data = data[room:]
            self._flush()
            if not room:
                self.receive(number, stream)

    def receive(self, number: int, stream: _Stream) -> None:
        """Read what has come and take what belongs to the stream."""
        self._flush()
        data = self.socket.recv(_READ_BYTES)
        if not data:
            raise ConnectionResetError("the connection was closed before the answer was complete")
        events = self.http2.receive_data(data)
        self.ending = self.ending or any(isinstance(event, h2.events.ConnectionTerminated) for event in events)
        for event in events:
            _take(event, number, stream, self.http2)
        self._flush()

    def _flush(self) -> None:
        waiting = self.http2.data_to_send()
        if waiting:
            self.socket.sendall(waiting)


def _take(event: h2.events.Event, number: int, stream: _Stream, http2: h2.connection.H2Connection) -> None:
    if isinstance(event, h2.events.ConnectionTerminated) and (event.last_stream_id or 0) < number:
        raise ConnectionResetError(f"the server ended the connection: error code {event.error_code}")
    if getattr(event, "stream_id", None) != number:
        return
    if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
        stream.headers.update((str(name), str(value)) for name, value in event.headers or ())
    elif isinstance(event, h2.events.DataReceived):
        stream.body += event.data or b""
        http2.acknowledge_received_data(event.flow_controlled_length or 0, number)
    elif isinstance(event, h2.events.StreamEnded):
        stream.ended = True
    elif isinstance(event, h2.events.StreamReset) and not stream.ended:
        raise ConnectionResetError(f"the server reset the call: error code {event.error_code}")


def _request_headers(method: str, port: int) -> list[tuple[str, str]]:
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", method),
        (":authority", f"{HOST}:{port}"),
        ("te", "trailers"),
        ("content-type", "application/grpc+proto"),
        ("user-agent", "dapr-conformance"),
    ]


def _reply(method: str, stream: _Stream) -> GrpcReply:
    status, text = stream.headers.get("grpc-status"), unquote(stream.headers.get("grpc-message", ""))
    if status is None or not status.isdigit():
        return GrpcReply(method, failure=f"no gRPC answer: HTTP status {stream.headers.get(':status')}")
    return GrpcReply(method, int(status), text, stream.body[_PREFIX.size :])
