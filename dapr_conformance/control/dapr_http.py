"""Calls to the sidecar: one kept connection a thread, no hidden retries, the incoming trace continued."""

from __future__ import annotations

import http.client
import select
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from dapr_conformance.control.exchange import Request
from dapr_conformance.control.seams import Seams

_TIMEOUT_S = 8.0
_TRACE_HEADERS = ("traceparent", "tracestate", "baggage")
# The request that is worked for; work that is handed to another thread takes it along with its context.
_incoming: ContextVar[Request | None] = ContextVar("incoming", default=None)


@dataclass(frozen=True)
class Reply:
    """The sidecar's answer; `status` 0 means that none came. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Tell whether the call succeeded (2xx)."""
        return 200 <= self.status < 300


class Dapr:
    """The sidecar's HTTP API at 127.0.0.1:`port`; usable by many threads at once."""

    def __init__(self, port: int, seams: Seams, token: str | None = None) -> None:
        self._port = port
        self._token = token
        self._thread = threading.local()
        self.outgoing_headers = seams.through("outgoing_headers", self._outgoing_headers)

    def continue_trace(self, request: Request) -> None:
        """Remember the request that is worked for: its trace goes on in the calls made for it."""
        _incoming.set(request)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        if_match: str | None = None,
    ) -> Reply:
        """Make one call. A call without an answer is not repeated: it may have been carried out."""
        headers = self.outgoing_headers(method, path, (content_type or None) if body else None)
        if if_match:
            headers["If-Match"] = if_match
        connection = self._connection()
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return Reply(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        except (OSError, http.client.HTTPException):
            connection.close()
            return Reply(0)

    def _outgoing_headers(self, _method: str, _path: str, content_type: str | None) -> dict[str, str]:
        incoming = _incoming.get()
        found = {name: incoming.header(name) for name in _TRACE_HEADERS} if incoming else {}
        headers = {"Content-Type": content_type, "dapr-api-token": self._token, **found}
        return {name: value for name, value in headers.items() if value}

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
            self._thread.connection = connection
        # An idle connection that can be read has been closed by the other side: a call on it would be lost.
        if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
            connection.close()
        return connection
