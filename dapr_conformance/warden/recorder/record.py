"""One exchange while it passes: raw heads, captured bodies and times; `exchange()` gives the value for pytest."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from dapr_conformance.http_message.heads import header_lines
from dapr_conformance.warden.protocol import Exchange

BODY_CAP = 256 * 1024
OPEN = "open"  # the outcome of an exchange that is still under way
_OWN_SIZE = 600  # bytes that an empty record takes, roughly


class Capture:
    """A body: kept up to the cap, with its true length and SHA-256."""

    __slots__ = ("_hash", "_kept", "_parts", "length")

    def __init__(self, data: bytes = b"") -> None:
        """Start with `data`."""
        self._parts: list[bytes] = []
        self._kept = 0
        self._hash: Any = None  # only a body beyond the cap is hashed while it passes
        self.length = 0
        if data:
            self.add(data)

    def add(self, data: bytes) -> None:
        """Take the next part."""
        self.length += len(data)
        if self.length > BODY_CAP and self._hash is None:
            self._hash = hashlib.sha256(b"".join(self._parts))
        if self._hash is not None:
            self._hash.update(data)
            data = data[: BODY_CAP - self._kept]
        if data:
            self._parts.append(data)
            self._kept += len(data)

    @property
    def kept(self) -> int:
        """How many bytes are kept."""
        return self._kept

    def data(self) -> bytes:
        """Give what is kept."""
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""

    def sha256(self) -> str:
        """Give the hash of all bytes that passed, in hex."""
        hashed = self._hash or hashlib.sha256(self.data())
        return str(hashed.hexdigest())


class Record:
    """What is known of an exchange so far. It is changed by its connection only; readers use `exchange()`."""

    __slots__ = (
        "connection",
        "counted",
        "ended_ns",
        "grpc_method",
        "grpc_status",
        "id",
        "injected",
        "method",
        "outcome",
        "protocol",
        "request",
        "request_end_ns",
        "request_head",
        "response",
        "response_head",
        "response_start_ns",
        "rules",
        "started_ns",
        "status",
        "target",
    )

    def __init__(self, number: int, connection: int, protocol: str) -> None:
        """Start the exchange now."""
        self.id = number
        self.connection = connection
        self.protocol = protocol
        self.method = self.target = self.grpc_method = ""
        self.grpc_status: int | None = None
        self.request_head = self.response_head = b""
        self.request, self.response = Capture(), Capture()
        self.status: int | None = None
        self.started_ns = time.monotonic_ns()
        self.request_end_ns: int | None = None
        self.response_start_ns: int | None = None
        self.ended_ns: int | None = None
        self.outcome = OPEN
        self.rules: tuple[int, ...] = ()
        self.injected = False
        self.counted: int | None = None  # its size as the ring counts it; None until it has ended

    def end(self, outcome: str) -> None:
        """Note the end; only the first one counts."""
        if self.ended_ns is None:
            self.ended_ns = time.monotonic_ns()
            self.outcome = outcome

    def size(self) -> int:
        """Give roughly how many bytes of memory it takes."""
        heads = len(self.request_head) + len(self.response_head)
        return _OWN_SIZE + heads + self.request.kept + self.response.kept

    def exchange(self, recorder: str, side: str) -> Exchange:
        """Give the value for readers."""
        return Exchange(
            id=self.id,
            recorder=recorder,
            side=side,
            connection=self.connection,
            method=self.method,
            target=self.target,
            request_headers=header_lines(self.request_head),
            request_body=self.request.data(),
            request_length=self.request.length,
            status=self.status,
            response_headers=header_lines(self.response_head),
            response_body=self.response.data(),
            response_length=self.response.length,
            started_ns=self.started_ns,
            request_end_ns=self.request_end_ns,
            response_start_ns=self.response_start_ns,
            ended_ns=self.ended_ns,
            outcome=self.outcome,
            rules=self.rules,
            injected=self.injected,
            protocol=self.protocol,
            grpc_method=self.grpc_method,
            grpc_status=self.grpc_status,
            request_sha256=self.request.sha256(),
            response_sha256=self.response.sha256(),
        )
