"""A lean HTTP/1.1 client: one kept connection per thread, exact targets, every call remembered as evidence.

Targets and header lines go out as they are given, which HTTP libraries do not leave alone, and it costs a third of
what the standard library's client does: most of that one's time goes into reading headers as those of an e-mail.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dapr_conformance.building_blocks.connection import HOST, Dial, dial, readable
from dapr_conformance.http_message.answer import AnswerReader
from dapr_conformance.http_message.bodies import FramingError
from dapr_conformance.http_message.heads import header_lines

Headers = Sequence[tuple[str, str]]
_REMEMBERED = 1000
_READ_BYTES = 256 * 1024
_LAST = re.compile(rb"^HTTP/1\.0|\nconnection:[ \t]*close", re.IGNORECASE)
_WITH_BODY = ("POST", "PUT", "PATCH")  # RFC 9110, 8.6: these say so where they have none


@dataclass(frozen=True)
class Reply:
    """One call and its answer; `status` is None when no answer came (`failure` says why). Instants: monotonic ns."""

    method: str
    target: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    started_ns: int
    ended_ns: int
    failure: str = ""

    def header(self, name: str) -> str | None:
        """Give the first answer header of that name, without regard to case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def ok(self) -> bool:
        """Tell whether the answer's status is 2xx."""
        return self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        """Give one line: the call and how it ended, with the head of the answer's body."""
        answer = self.failure or f"{self.status} {self.body[:200].decode('utf-8', 'replace')}"
        return f"{self.method} {self.target} -> {answer}".rstrip()


@dataclass
class _Body:
    """The parts of a body."""

    parts: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Take the next part."""
        self.parts.append(data)

    def data(self) -> bytes:
        """Give the whole."""
        return b"".join(self.parts)


@dataclass
class _Answer:
    """The answer while it is read."""

    method: str
    status: int | None = None
    response_start_ns: int | None = None
    response_head: bytes = b""
    response: _Body = field(default_factory=_Body)


class HttpClient:
    """Calls one address. Thread-safe: each thread has a connection of its own.

    Args:
        port: port on 127.0.0.1.
        timeout_s: limit for connecting and for each read.
        headers: headers that every call carries.
        dial: makes the connections; a run with a network of its own has a 127.0.0.1 of its own.

    """

    def __init__(
        self, port: int, *, timeout_s: float = 30.0, headers: Iterable[tuple[str, str]] = (), dial: Dial = dial
    ) -> None:
        self.port = port
        self._dial = dial
        self.timeout_s = timeout_s
        self.replies: deque[Reply] = deque(maxlen=_REMEMBERED)
        self._headers = tuple(headers)
        self._local = threading.local()

    def call(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        headers: Headers = (),
        timeout_s: float | None = None,
    ) -> Reply:
        """Send one request with exactly this target and give the reply; never raises for a failed call."""
        started = time.monotonic_ns()
        sent, answer, failure = (*self._headers, *headers), _Answer(method), ""
        try:
            self._exchange(_encoded(method, target, self.port, sent, body), answer, timeout_s or self.timeout_s)
        except (OSError, FramingError) as error:
            self.close()
            answer = _Answer(method)
            failure = f"{type(error).__name__}: {error}".rstrip(": ")
        ended, got = time.monotonic_ns(), header_lines(answer.response_head)
        reply = Reply(method, target, sent, body, answer.status, got, answer.response.data(), started, ended, failure)
        self.replies.append(reply)
        return reply

    def _exchange(self, request: bytes, answer: _Answer, timeout_s: float) -> None:
        connection = self._connection(timeout_s)
        connection.sendall(request)
        reader, behind = AnswerReader(answer), b""
        while not reader.done and not reader.switched:
            data = connection.recv(_READ_BYTES)
            if data:
                behind = reader.feed(data)
            elif not reader.end():
                raise ConnectionResetError("the connection was closed before the answer was complete")
        if behind or reader.switched or _LAST.search(answer.response_head):
            self.close()

    def _connection(self, timeout_s: float) -> socket.socket:
        found: socket.socket | None = getattr(self._local, "connection", None)
        if found is not None and not _closed_by_peer(found):
            found.settimeout(timeout_s)
            return found
        self.close()
        made = self._local.connection = self._dial(self.port, timeout_s)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def close(self) -> None:
        """Close this thread's connection; the next call makes another one."""
        found: socket.socket | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
        self._local.connection = None


def _closed_by_peer(sock: socket.socket) -> bool:
    # Servers close idle connections; seeing it before sending keeps a POST from ever being sent twice.
    return readable(sock)


def _encoded(method: str, target: str, port: int, headers: Headers, body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in headers):
        lines.append(f"Host: {HOST}:{port}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
