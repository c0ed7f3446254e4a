"""One stream of an HTTP/2 connection while it passes: noted, and as a rule wants it held back, altered or answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.alter import BODYLESS, altered_head, altered_status, body_of, own_answer
from dapr_conformance.warden.recorder.delivery import ALTERED_BYTES
from dapr_conformance.warden.recorder.http2_form import Form, Message
from dapr_conformance.warden.recorder.http2_leg import Lines, Part
from dapr_conformance.warden.recorder.record import Capture, Record

if TYPE_CHECKING:
    from dapr_conformance.warden.recorder.h2c import H2cPair

INTERNAL_ERROR, REFUSED_STREAM = 2, 7
_HERE = ("fail", "refuse")  # what ends the request in the recorder
_WHOLE = ("alter_request", "duplicate")  # what needs the whole request


class Kept:
    """What has come of one message, as far as it is needed to read it; `parts` are those that were held back."""

    def __init__(self) -> None:
        self.message = Message()
        self.ended = False
        self.parts: list[Part] | None = None
        self._body = bytearray()
        self._begun = False

    def add(self, part: Part, *, whole: bool) -> None:
        """Take a part; its data only if the `whole` message is wanted."""
        if part.lines is not None and self._begun:
            self.message.trailers = part.lines
        elif part.lines is not None:
            self.message.lines, self._begun = part.lines, True
        if whole and len(self._body) <= ALTERED_BYTES:
            self._body += part.data
        self.ended = part.end
        if part.end:
            self.message.body = bytes(self._body)

    @property
    def too_long(self) -> bool:
        """Whether it is beyond what is held back."""
        return len(self._body) > ALTERED_BYTES

    def hold(self) -> None:
        """Hold back what comes."""
        self.parts = []

    def release(self) -> list[Part]:
        """Hold nothing back any more; gives what was."""
        parts, self.parts = self.parts or [], None
        return parts


def parts_of(message: Message) -> list[Part]:
    """Give the parts of a whole message."""
    head = Part(message.lines, end=not message.body and not message.trailers)
    body = [Part(data=message.body, end=not message.trailers)] if message.body else []
    return [head, *body, *([Part(message.trailers, end=True)] if message.trailers else [])]


class Stream:
    """A call of the client's: `number` is its stream there, `upstream` the one on the other side, once there is one."""

    def __init__(self, pair: H2cPair, number: int, record: Record, form: Form) -> None:
        """Begin with a request's head."""
        self._pair = pair
        self.number = number
        self.upstream: int | None = None
        self.waiting: list[Part] = []  # for a stream on the other side
        self.record = record
        self.form = form
        self.asked, self.answered = Kept(), Kept()
        self._rule: Rule | None = None
        self._decided = False
        self._timer: asyncio.TimerHandle | None = None

    # The request.

    def from_client(self, part: Part) -> None:
        """Take a part of the request."""
        first = self.asked.message.lines == []
        self._note_request(part, first=first)
        if first and self._pair.rules.any:
            self._begin()
        if self._is_ended_here():
            self._pair.held_from_client(self, part)
        elif self.asked.parts is None:
            self._pair.send_up(self, part)
        else:
            self.asked.parts.append(self._pair.held_from_client(self, part))
        if self.asked.too_long and self._timer is None and not self._is_ended_here():
            self._release()
        if part.end:
            self._request_done()

    def _note_request(self, part: Part, *, first: bool) -> None:
        if not self.form.whole and part.data:
            self.record.request.add(part.data)
        self.asked.add(part, whole=self.form.whole or self.asked.parts is not None)
        if first and not self.form.whole:
            self.form.read_request(self.record, self.asked.message)
        if part.end:
            self.record.request_end_ns = time.monotonic_ns()
            if self.form.whole:
                self.form.read_request(self.record, self.asked.message)
        self._pair.store.changed(self.record)

    def _is_ended_here(self) -> bool:
        return self._rule is not None and self._rule.action in _HERE

    def _begin(self) -> None:
        """Hold the request back if only all of it can tell which rule applies, else find the rule now."""
        if self.form.whole or self._pair.rules.waits_for_body(self.record):
            self.asked.hold()
        else:
            self._decide()

    def _decide(self) -> None:
        self._decided = True
        rule = self._rule = self._pair.rules.choose(self.record)
        action = rule.action if rule else ""
        if rule is not None and action == "delay":
            self.asked.parts = self.asked.parts or []
            self._timer = asyncio.get_running_loop().call_later(rule.delay_s, self._delayed)
        elif action in _WHOLE and self.asked.parts is None:
            self.asked.hold()
        if action in ("delay_response", "alter_response"):
            self.answered.hold()

    def _request_done(self) -> None:
        if self.asked.parts is not None and not self._decided:
            self._decide()
        rule = self._rule
        if rule is not None and self._is_ended_here():
            self.asked.release()
            self._answer_here(rule)
        elif rule is not None and rule.action == "alter_request" and self.asked.parts is not None:
            self._alter_request(rule)
        elif self._timer is None:
            self._release()
        if rule is not None and rule.action == "duplicate":
            self._pair.duplicate(self, rule)

    def _release(self) -> None:
        for part in self.asked.release():
            self._pair.send_up(self, part)

    def _delayed(self) -> None:
        self._timer = None
        self._release()
        self._pair.flush()

    def _alter_request(self, rule: Rule) -> None:
        record = self.record
        old = self._body_of_request()
        record.request_head = altered_head(rule, record.request_head, ())
        record.request = Capture(body_of(rule, old))
        message = self._written(self.form.write_request, self.asked.message)
        self.asked.release()
        for part in parts_of(message):
            self._pair.send_up(self, part)

    def _body_of_request(self) -> bytes:
        """Give the body that the rule changes, of which the record may hold only the beginning."""
        return self.record.request.data() if self.form.protocol == "grpc" else self.asked.message.body

    def _written(self, write: Callable[[Record, Message], Message], original: Message) -> Message:
        try:
            return write(self.record, original)
        except (ValueError, LookupError, TypeError, AttributeError):
            return original  # there is no message that could say it

    def _answer_here(self, rule: Rule) -> None:
        record = self.record
        if rule.action == "refuse":
            self._lose("refused", REFUSED_STREAM)
            return
        record.status = rule.status or 0
        record.response_head, body = own_answer(rule, record.status, record.method)
        record.response = Capture(body)
        self._say(self.form.write_answer(record, Message()))
        self._end("failed")

    def _lose(self, outcome: str, code: int) -> None:
        """End the call as a lost connection would, but without the other streams of the connection."""
        lost = self.form.lost()
        if lost is None:
            self._pair.send_down(self, Part(reset=code))
        else:
            self._say(lost)
        self._end(outcome)

    def _say(self, message: Message) -> None:
        for part in parts_of(message):
            self._pair.send_down(self, part)

    # The answer.

    def from_upstream(self, part: Part) -> None:
        """Take a part of the answer."""
        if part.lines is not None and dict(part.lines).get(b":status", b"2")[:1] == b"1":
            self._pair.send_down(self, part)
            return
        self._note_answer(part)
        rule = self._rule
        if rule is not None and rule.action == "drop_response":
            self._pair.held_from_upstream(self, part)
            if part.end:
                self._lose("dropped", INTERNAL_ERROR)
            return
        if self.answered.parts is None:
            self._pair.send_down(self, part)
        else:
            self.answered.parts.append(self._pair.held_from_upstream(self, part))
            self._hold_answer(rule)
        if part.end and self.answered.parts is None:
            self._end("complete")

    def _note_answer(self, part: Part) -> None:
        record = self.record
        if record.response_start_ns is None:
            record.response_start_ns = time.monotonic_ns()
        altered = self._rule is not None and self._rule.action == "alter_response"
        self.answered.add(part, whole=self.form.whole or altered)
        if part.data and not self.form.whole:
            record.response.add(part.data)
        if part.end or (part.lines is not None and record.status is None and self.form.protocol == "h2c"):
            self.form.read_answer(record, self.answered.message)
        self._pair.store.changed(record)

    def _hold_answer(self, rule: Rule | None) -> None:
        if rule is not None and rule.action == "delay_response":
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(rule.delay_s, self._release_answer)
        elif rule is not None and self.answered.ended:
            self._alter_answer(rule)
        elif self.answered.too_long:
            self._release_answer()

    def _release_answer(self) -> None:
        for part in self.answered.release():
            self._pair.send_down(self, part)
        if self.answered.ended:
            self._end("complete")
        self._pair.flush()

    def _alter_answer(self, rule: Rule) -> None:
        record, message = self.record, self.answered.message
        old = record.response.data() if self.form.protocol == "grpc" else message.body
        record.status = rule.status or record.status or 0
        new = b"" if record.method == "HEAD" or record.status in BODYLESS else body_of(rule, old)
        altered = altered_head(rule, record.response_head, ())
        record.response_head, record.response = altered_status(altered, record.status), Capture(new)
        self.answered.release()
        self._say(self.form.write_answer(record, message))

    # The end.

    def upstream_reset(self, code: int) -> None:
        """Pass on that the other side ended the stream; an answer that is complete stays one."""
        if self.answered.ended and not self.answered.parts:
            self._pair.send_down(self, Part(reset=code))
            return
        for part in self.answered.release():
            self._pair.send_down(self, part)
        self._pair.send_down(self, Part(reset=code))
        self._end("upstream_closed")

    def cancel(self, outcome: str) -> None:
        """Forget it: an end of it is gone."""
        self._pair.store.ended(self.record, outcome)
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, outcome: str) -> None:
        self._pair.store.ended(self.record, outcome)
        self._pair.finished(self)


def lines_of(raw: object) -> Lines:
    """Give header lines as plain pairs of bytes."""
    return [(bytes(name), bytes(value)) for name, value in raw]  # type: ignore[attr-defined]
