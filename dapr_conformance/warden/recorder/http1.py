"""One client connection of an HTTP/1.1 recorder: exchanges one after the other, bytes passed on as they came.

Requests that a client pipelines wait in the recorder until the answer before is complete; what either end receives is
the same. What is not HTTP/1.x (garbage, HTTP/2, anything after 101 or CONNECT) is passed on raw and recorded as the
bodies of one exchange.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.answer import AnswerReader
from dapr_conformance.warden.recorder.bodies import Body, FramingError, NoBody
from dapr_conformance.warden.recorder.course import Course, begun
from dapr_conformance.warden.recorder.delivery import Delivery
from dapr_conformance.warden.recorder.heads import HEAD_LIMIT, head_end, parse_request
from dapr_conformance.warden.recorder.pair import HELD_BYTES, Pair, Side
from dapr_conformance.warden.recorder.record import Record
from dapr_conformance.warden.recorder.rules import RuleBook
from dapr_conformance.warden.recorder.store import Store

Copies = Callable[[bytes, Record, Rule], None]


class Http1Pair(Pair):
    """A joined pair that understands HTTP/1.1.

    Args:
        number: of the connection, for the exchanges.
        store: where exchanges go.
        rules: which rules there are.
        copies: sends copies of a raw request (bytes, its record, the rule) on connections of their own.

    """

    def __init__(self, number: int, store: Store, rules: RuleBook, copies: Copies) -> None:
        """Wait for the first request."""
        super().__init__()
        self._number = number
        self._store = store
        self.rules = rules
        self._copies = copies
        self._inbox = b""  # bytes of the client that have no course yet
        self._outbox: list[bytes] = []  # bytes for the upstream, sent as one segment
        self._raw = False
        self._switched = False
        self.record: Record | None = None
        self.course = Course(self)
        self.delivery: Delivery | None = None
        self._body: Body = NoBody()
        self._answer: AnswerReader | None = None
        self._outcome: str | None = None
        self._after: Callable[[], None] | None = None

    # The way of a request.

    def from_client(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self._raw:
            self._pass_raw(data)
            return
        self._inbox += data
        self.changed()

    def changed(self) -> None:
        """Go on wherever something can go on: requests, refusals, ends of directions."""
        while self._inbox and not self._raw and self._step():
            pass
        self._flush()
        if self.refused and self.record is not None and self.course.forwards:
            self._finish("refused")
            self.client.reset()
        if len(self._inbox) > HELD_BYTES:
            self.client.wait("inbox")
        else:
            self.client.go("inbox")
        self._pass_ends()

    def _step(self) -> bool:
        """Take the next part out of the inbox; returns whether there may be more to take."""
        try:
            if self.record is None:
                return self._begin()
            if self._body.done or not self.course.open:
                return False
            return self._take_body(self.record)
        except FramingError:
            self._go_raw()
            return False

    def _begin(self) -> bool:
        end = head_end(self._inbox)
        if end < 0:
            if len(self._inbox) > HEAD_LIMIT:
                raise FramingError("endless head")
            return False
        raw = self._inbox[:end]
        head = parse_request(raw)
        self._inbox = self._inbox[end:]
        record = self.record = self._store.open(self._number)
        record.method, record.target, record.request_head = head.method, head.target, raw
        self._body = head.body
        self._outcome = None
        self.course = begun(self, head.expects_continue)
        self._answer = AnswerReader(record, self.delivery)
        self.course.take(raw)
        self._store.changed(record)
        if head.body.done:
            self._request_done(record)
        return True

    def _take_body(self, record: Record) -> bool:
        taken = self._body.take(self._inbox, record.request.add)
        part, self._inbox = self._inbox[:taken], self._inbox[taken:]
        self.course.take(part)
        if self._body.done:
            self._request_done(record)
        return True

    def _request_done(self, record: Record) -> None:
        record.request_end_ns = time.monotonic_ns()
        self.course.done()
        self._store.changed(record)
        if self._outcome is not None and self.record is record:
            self._finish(self._outcome)

    def send(self, raw: bytes) -> None:
        """Send bytes to the upstream with the next flush."""
        self._outbox.append(raw)

    def _flush(self) -> None:
        if self._outbox:
            data, self._outbox = b"".join(self._outbox), []
            self.upstream.write(data)

    def duplicate(self, raw: bytes, rule: Rule) -> None:
        """Send copies of the raw request: now, or when its exchange has ended."""
        record = self.record
        if record is None:
            return
        if rule.concurrent:
            self._flush()
            self._copies(raw, record, rule)
        else:
            self._after = lambda: self._copies(raw, record, rule)

    # The way of an answer.

    def from_upstream(self, data: bytes) -> None:
        """Take bytes of the upstream."""
        if self.delivery is None:
            self.client.write(data)  # first passed on, then read
        if self._raw or self._answer is None or self.record is None:
            self._unasked(data)
            return
        try:
            behind = self._answer.feed(data)
        except FramingError:
            self._garbage(self._answer.unread)
            return
        self._read_answer(self._answer, self.record, behind)

    def _read_answer(self, answer: AnswerReader, record: Record, behind: bytes) -> None:
        self._store.changed(record)
        if answer.switched:
            self._switched = True
            self._garbage(behind)
            return
        if answer.done:
            self._answer_done()
        if behind:
            self._unasked(behind, passed=self.delivery is None)
        if self._inbox or self.record is None:
            self.changed()

    def _answer_done(self) -> None:
        if self._outcome is not None:
            return
        if self.delivery is not None:
            self.delivery.done()
        else:
            self.answered("complete")

    def answered(self, outcome: str) -> None:
        """End the exchange, once its request is complete too."""
        self._outcome = outcome
        if self._body.done or outcome != "complete":
            self._finish(outcome)

    def _finish(self, outcome: str) -> None:
        record, self.record = self.record, None
        if record is None:
            return
        if self.delivery is not None:
            self.delivery.cancel()
        self.course.cancel()
        self._store.ended(record, outcome)
        self.course, self.delivery, self._answer = Course(self), None, None
        after, self._after = self._after, None
        if after is not None:
            after()

    # What is not HTTP.

    def _go_raw(self) -> None:
        """Stop to understand the client's bytes."""
        inbox, self._inbox = self._inbox, b""
        self._raw = True
        self.course.raw()
        self._flush()
        self._pass_raw(inbox)

    def _pass_raw(self, data: bytes) -> None:
        self._raw_record().request.add(data)
        self.upstream.write(data)

    def _raw_record(self) -> Record:
        if self.record is None:
            self.record = self._store.open(self._number)
        return self.record

    def _garbage(self, unread: bytes) -> None:
        """Stop to understand the upstream's bytes, from `unread` on."""
        if self.delivery is not None:
            self.delivery.raw()
            self.delivery.data(unread)
        self._raw_record().response.add(unread)
        self._go_raw()

    def _unasked(self, data: bytes, passed: bool | None = None) -> None:
        """Record bytes of the upstream that belong to no answer."""
        if not self._raw:
            self._go_raw()
        if self.delivery is not None:
            self.delivery.data(data)
        self._raw_record().response.add(data)
