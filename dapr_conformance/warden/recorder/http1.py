"""One client connection of an HTTP/1.1 recorder: exchanges one after the other, bytes passed on as they came.

Requests that a client pipelines wait in the recorder until the answer before is complete; what either end receives is
the same. What is not HTTP/1.x (garbage, HTTP/2, anything after 101 or CONNECT) is passed on raw and recorded as the
bodies of one exchange.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from dapr_conformance.http_message.answer import AnswerReader
from dapr_conformance.http_message.bodies import Body, FramingError, NoBody
from dapr_conformance.http_message.heads import HEAD_LIMIT, head_end, parse_request
from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.course import Course, begun
from dapr_conformance.warden.recorder.delivery import Delivery
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
        self._outcome: str | None = None  # known once the answer is complete
        self._after: Callable[[], None] | None = None
        self._upstream_error: Exception | None = None

    def from_client(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self._raw:
            self._raw_record().request.add(data)
            self.upstream.write(data)
        else:
            self._inbox += data
            self.changed()

    def changed(self) -> None:
        """Go on wherever something can go on now: requests, refusals, the ends of both directions."""
        while self._inbox and not self._raw and self._step():
            pass
        self._flush()
        if self.record is not None and self.course.forwards:
            self._look_upstream(self.record)
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
        self._body, self._outcome = head.body, None
        self.course = begun(self, head.expects_continue)
        self._answer = AnswerReader(record)
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
        if self._outcome is not None:  # the answer came before the request was complete
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

    def from_upstream(self, data: bytes) -> None:
        """Take bytes of the upstream; what no rule holds is passed on before it is read."""
        delivery = self.delivery
        if delivery is None:
            self.client.write(data)
        behind = self._read(data)
        if behind:
            self._raw_record().response.add(behind)
            if delivery is not None:
                (self.delivery.data if self.delivery is not None else self.client.write)(behind)
        if self._inbox or self.client.ended:
            self.changed()

    def _read(self, data: bytes) -> bytes:
        """Read what belongs to an answer; returns what does not: garbage, or bytes that nobody asked for."""
        if self._raw:
            return data
        answer, record = self._answer, self.record
        if answer is None or record is None:
            self._go_raw()
            return data
        try:
            behind = answer.feed(data, self.delivery)
        except FramingError:
            self._go_raw()
            return answer.unread
        self._store.changed(record)
        if answer.done:
            self._answer_done()
        self._switched = answer.switched
        if behind or answer.switched:
            self._go_raw()
        return behind

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

    def _go_raw(self) -> None:
        """Stop to understand: what was held back goes on as it came, and so does all that comes."""
        self._raw = True
        inbox, self._inbox = self._inbox, b""
        self.course.raw()
        self._flush()
        if self.delivery is not None:
            self.delivery.raw()
        if inbox:
            self.from_client(inbox)

    def _raw_record(self) -> Record:
        if self.record is None:
            self.record = self._store.open(self._number)
        return self.record

    def _ended_raw(self, who: str) -> str:
        return "complete" if self._switched else who

    def _look_upstream(self, record: Record) -> None:
        """End an exchange whose answer cannot come (any more)."""
        if self.refused:
            self._finish("refused")
            self.client.reset()
        elif not self.upstream.ended:
            return
        elif self._answer is not None and not self._raw and self._answer.end():
            self._answer_done()
        elif self.delivery is not None:
            self.delivery.ended()
        elif self._raw:
            self._store.ended(record, self._ended_raw("upstream_closed"))
        elif self._outcome is None:
            self.answered("upstream_closed")

    def _pass_ends(self) -> None:
        idle = self.record is None or (self._raw and self.delivery is None)
        if self.client.ended and not self._inbox and not self.course.holds:
            self.upstream.write_eof()
        if not self.upstream.ended or not (idle or self._outcome is not None):
            return
        if self.upstream.lost:
            self.end_other(self.upstream, self._upstream_error)
        else:
            self.client.write_eof()
            if idle and self.client.ended:
                self.hang_up()

    def side_ended(self, side: Side) -> None:
        """Take note that a side sends no more: a client that does before its answer is complete has given up."""
        if side is self.client:
            if self._inbox and self.record is None:
                self._go_raw()
            if self.record is not None:
                self._store.ended(self.record, self._ended_raw("client_closed"))
                if self.course.holds:
                    self.close()
        self.changed()

    def side_lost(self, side: Side, error: Exception | None) -> None:
        """Take note that a side is gone: the client's loss ends all, the upstream's what it was still to answer."""
        if side is self.client:
            self._finish(self._ended_raw("client_closed"))
            self.end_other(side, error)
            self.client_gone()
            return
        self._upstream_error = error
        self.changed()

    def close(self) -> None:
        """End both connections at once, and what waits with them."""
        self._inbox = b""
        super().close()

    def hang_up(self) -> None:
        """Close both connections in order, without the requests that still wait."""
        self._inbox = b""
        self.client.close()
        self.upstream.close()
