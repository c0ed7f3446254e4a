"""A lean HTTP/1.1 client: one kept connection per thread, exact targets, every call remembered as evidence.

The standard library's client is used because it is the fastest for calls over loopback.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, str]]
_REMEMBERED = 1000


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

    @property
    def seconds(self) -> float:
        """Give the duration of the call."""
        return (self.ended_ns - self.started_ns) / 1e9

    def __str__(self) -> str:
        """Give one line: the call and how it ended, with the head of the answer's body."""
        answer = self.failure or f"{self.status} {self.body[:200].decode('utf-8', 'replace')}"
        return f"{self.method} {self.target} -> {answer}".rstrip()


class HttpClient:
    """Calls one address. Thread-safe: each thread has a connection of its own.

    Args:
        port: port on 127.0.0.1.
        timeout_s: limit for connecting and for each read.
        headers: headers that every call carries.

    """

    def __init__(self, port: int, *, timeout_s: float = 30.0, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.port = port
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
        sent = (*self._headers, *headers)
        try:
            status, answer_headers, answer = self._exchange(method, target, sent, body, timeout_s or self.timeout_s)
            failure = ""
        except (OSError, http.client.HTTPException) as error:
            self._close()
            status, answer_headers, answer = None, (), b""
            failure = f"{type(error).__name__}: {error}".rstrip(": ")
        ended = time.monotonic_ns()
        reply = Reply(method, target, sent, body, status, answer_headers, answer, started, ended, failure)
        self.replies.append(reply)
        return reply

    def _exchange(
        self, method: str, target: str, headers: Headers, body: bytes, timeout_s: float
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        connection = self._connection()
        _set_timeout(connection, timeout_s)
        _send(connection, method, target, headers, body)
        response = connection.getresponse()
        answer = response.read()
        if response.will_close:
            self._close()
        return response.status, tuple(response.getheaders()), answer

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if found is not None and found.sock is not None and not _closed_by_peer(found.sock):
            return found
        self._close()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._local.connection = connection
        return connection

    def _close(self) -> None:
        found = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
        self._local.connection = None


def _closed_by_peer(sock: socket.socket) -> bool:
    # Servers close idle connections; seeing it before sending keeps a POST from ever being sent twice.
    return bool(select.select([sock], [], [], 0)[0])


def _set_timeout(connection: http.client.HTTPConnection, timeout_s: float) -> None:
    connection.timeout = timeout_s
    if connection.sock is not None:
        connection.sock.settimeout(timeout_s)


def _send(connection: http.client.HTTPConnection, method: str, target: str, headers: Headers, body: bytes) -> None:
    connection.putrequest(method, target, skip_host=False, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value.encode("latin-1", "replace"))
    if body or method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
