"""Reading the answer to one request, from bytes as they arrive."""

from __future__ import annotations

import time
from typing import Protocol

from dapr_conformance.http_message.bodies import Body, FramingError
from dapr_conformance.http_message.heads import HEAD_LIMIT, head_end, parse_response


class Parts(Protocol):
    """Where the raw parts of an answer go, if somebody wants them apart."""

    def informational(self, raw: bytes) -> None:
        """Take a 1xx head, which comes before the answer."""

    def data(self, raw: bytes) -> None:
        """Take a part of the answer itself: its head, then parts of its body."""


class Payload(Protocol):
    """What takes the parts of a body."""

    def add(self, data: bytes, /) -> object:
        """Take the next part."""


class Answer(Protocol):
    """What an answer is read into; `method` is that of its request, instants are monotonic ns."""

    method: str
    status: int | None
    response_start_ns: int | None
    response_head: bytes

    @property
    def response(self) -> Payload:
        """Take the body."""


class AnswerReader:
    """Reads one answer, 1xx heads before it included, into a record.

    `done`: the answer is complete. `switched`: what follows is not HTTP (101, or 2xx to CONNECT).
    `unread`: bytes that were not understood (yet) and not handed to `parts`.
    """

    def __init__(self, record: Answer) -> None:
        """Read into `record`."""
        self._record = record
        self._parts: Parts | None = None
        self._body: Body | None = None
        self.unread = b""
        self.done = False
        self.switched = False

    def feed(self, data: bytes, parts: Parts | None = None) -> bytes:
        """Take bytes as they came, handing raw parts to `parts`; returns those behind the answer's end.

        Raises:
            FramingError: this is no HTTP/1.1 answer.

        """
        self._parts = parts
        self.unread += data
        if self._record.response_start_ns is None:
            self._record.response_start_ns = time.monotonic_ns()
        while self.unread and not self.done and not self.switched:
            if self._body is not None:
                self._take_body(self._body)
            elif not self._take_head():
                return b""
        behind, self.unread = self.unread, b""
        return behind

    def _take_head(self) -> bool:
        end = head_end(self.unread)
        if end < 0:
            if len(self.unread) > HEAD_LIMIT:
                raise FramingError("endless head")
            return False
        raw = self.unread[:end]
        head = parse_response(raw, self._record.method)
        self.unread = self.unread[end:]
        if head.informational:
            self._record.response_start_ns = None if not self.unread else time.monotonic_ns()
            if self._parts is not None:
                self._parts.informational(raw)
            return True
        self._record.status, self._record.response_head = head.status, raw
        self._body, self.switched = head.body, head.switched
        self.done = head.body.done and not head.switched
        if self._parts is not None:
            self._parts.data(raw)
        return True

    def _take_body(self, body: Body) -> None:
        taken = body.take(self.unread, self._record.response.add)
        raw, self.unread = self.unread[:taken], self.unread[taken:]
        self.done = body.done
        if self._parts is not None:
            self._parts.data(raw)

    def end(self) -> bool:
        """Take note that nothing comes any more; returns whether the answer is complete by that."""
        self.done = self.done or (self._body is not None and self._body.until_close)
        return self.done
