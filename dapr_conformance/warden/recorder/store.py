"""The exchanges of one recorder: a bounded ring, filtered by a `Match`, and waiting for a number of them."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator

from dapr_conformance.errors import HarnessError
from dapr_conformance.http_message.heads import header_lines
from dapr_conformance.warden.protocol import Match
from dapr_conformance.warden.recorder.record import OPEN, Record
from dapr_conformance.warden.waiting import happened

RING_EXCHANGES = 5_000
RING_BYTES = 32 * 1024 * 1024


class Matcher:
    """A `Match`, ready to be asked.

    Raises:
        HarnessError: the path is not a regular expression.

    """

    def __init__(self, match: Match) -> None:
        """Compile the path; it must fit the whole raw target."""
        self._match = match
        try:
            self._path = re.compile(match.path) if match.path is not None else None
        except re.error as error:
            raise HarnessError(f"path {match.path!r} is not a regular expression: {error}") from error
        self._body = match.body.encode() if match.body is not None else None
        self.needs_body = self._body is not None

    def head(self, record: Record) -> bool:
        """Say whether all that is asked of the request's head holds."""
        match = self._match
        return (
            (match.method is None or match.method == record.method)
            and (self._path is None or self._path.fullmatch(record.target) is not None)
            and (match.header is None or _has_header(record.request_head, *match.header))
            and (match.started_after_ns is None or record.started_ns > match.started_after_ns)
        )

    def body(self, record: Record) -> bool:
        """Say whether the captured request body contains the text that is asked for."""
        return self._body is None or self._body in record.request.data()

    def whole(self, record: Record) -> bool:
        """Say whether everything that is asked for holds."""
        match = self._match
        return (
            (match.status is None or match.status == record.status)
            and (not match.complete or record.outcome != OPEN)
            and self.head(record)
            and self.body(record)
        )


def _has_header(head: bytes, name: str, value: str) -> bool:
    wanted = (name.lower(), value)
    return any((found.lower(), text) == wanted for found, text in header_lines(head))


class _Waiter:
    def __init__(self, matcher: Matcher, count: int, since_id: int) -> None:
        self._matcher = matcher
        self._count = count
        self._since_id = since_id
        self._found: set[int] = set()
        self.enough = asyncio.Event()

    def look(self, record: Record) -> None:
        if record.id > self._since_id and record.id not in self._found and self._matcher.whole(record):
            self._found.add(record.id)
        if len(self._found) >= self._count:
            self.enough.set()


class Store:
    """The ring. Exchanges have ids 1, 2, ... in the order in which their heads came."""

    def __init__(self) -> None:
        """Start empty."""
        self._records: deque[Record] = deque()
        self._bytes = 0
        self._waiters: set[_Waiter] = set()
        self.last_id = 0

    def open(self, connection: int, protocol: str = "http1") -> Record:
        """Start a record; tell the store of every change with `changed`."""
        self.last_id += 1
        record = Record(self.last_id, connection, protocol)
        self._records.append(record)
        if len(self._records) > RING_EXCHANGES:
            self._drop_oldest()
        return record

    def changed(self, record: Record) -> None:
        """Look whether somebody waits for this."""
        for waiter in self._waiters:
            waiter.look(record)

    def ended(self, record: Record, outcome: str) -> None:
        """End a record and count its memory."""
        record.end(outcome)
        if record.counted is None:
            record.counted = record.size()
            self._bytes += record.counted
            while self._bytes > RING_BYTES and len(self._records) > 1:
                self._drop_oldest()
        self.changed(record)

    def _drop_oldest(self) -> None:
        oldest = self._records.popleft()
        self._bytes -= oldest.counted or 0
        oldest.counted = 0  # whatever it still becomes, the ring does not hold it

    def records(self, matcher: Matcher, since_id: int) -> Iterator[Record]:
        """Give the matching records with an id above `since_id`, oldest first."""
        return (record for record in self._records if record.id > since_id and matcher.whole(record))

    async def wait(self, matcher: Matcher, count: int, timeout_s: float, since_id: int) -> None:
        """Return once `count` records match, or after `timeout_s` seconds."""
        if count <= 0:
            return
        waiter = _Waiter(matcher, count, since_id)
        for record in self._records:
            waiter.look(record)
        self._waiters.add(waiter)
        try:
            await happened(waiter.enough, timeout_s)
        finally:
            self._waiters.discard(waiter)
