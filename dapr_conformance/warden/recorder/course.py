"""What becomes of a request on its way to the upstream: passed on as it comes, held back, altered or answered here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dapr_conformance.http_message.bodies import payload
from dapr_conformance.http_message.heads import head_end, parse_request
from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.alter import altered_head, body_of, own_answer
from dapr_conformance.warden.recorder.delivery import ALTERED_BYTES, DELIVERIES
from dapr_conformance.warden.recorder.pair import HELD_BYTES
from dapr_conformance.warden.recorder.record import BODY_CAP, Capture

if TYPE_CHECKING:
    from dapr_conformance.warden.recorder.http1 import Http1Pair

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Course:
    """Takes the raw parts of one request, its head first; this one passes them on as they come.

    `open`: it takes more now. `forwards`: the upstream gets (or has got) the request, and is to answer it.
    `holds`: nothing of the request went to the upstream yet.
    """

    open = True
    forwards = True
    holds = False

    def __init__(self, pair: Http1Pair) -> None:
        """Serve one request of the pair."""
        self._pair = pair

    def take(self, raw: bytes) -> None:
        """Take a part of the request."""
        self._pair.send(raw)

    def done(self) -> None:
        """Take note that the request is complete."""

    def raw(self) -> None:
        """Take note that what comes is not HTTP: pass on what was held back, as it came."""

    def cancel(self) -> None:
        """Forget it: the client is gone."""


class _Held(Course):
    """Keeps the raw request; a client that waits for 100 before it sends the body is told to go on."""

    holds = True

    def __init__(self, pair: Http1Pair, expects_continue: bool) -> None:
        super().__init__(pair)
        self._kept = bytearray()
        if expects_continue:
            pair.client.write(_CONTINUE)

    def take(self, raw: bytes) -> None:
        self._kept += raw

    def raw(self) -> None:
        self._pair.send(bytes(self._kept))
        self._kept.clear()


class Undecided(_Held):
    """Holds the request back until its body (as far as it is captured) tells which rule applies."""

    forwards = False  # not known yet

    def take(self, raw: bytes) -> None:
        """Keep it; beyond what is captured nothing more can be told."""
        super().take(raw)
        if self._pair.record is not None and self._pair.record.request.kept >= BODY_CAP:
            self._decide()

    def done(self) -> None:
        """Decide now."""
        self._decide().done()

    def _decide(self) -> Course:
        course = decided(self._pair, expects_continue=False)
        self._pair.course = course
        course.take(bytes(self._kept))
        return course


class DelayedRequest(_Held):
    """Passes the request on after some time."""

    def __init__(self, pair: Http1Pair, rule: Rule) -> None:
        """Start the clock."""
        super().__init__(pair, expects_continue=False)
        self._timer = asyncio.get_running_loop().call_later(rule.delay_s, self._release)

    def take(self, raw: bytes) -> None:
        """Keep it, or pass it on once the time has come."""
        if not self.holds:
            self._pair.send(raw)
            return
        super().take(raw)
        self.open = len(self._kept) < HELD_BYTES

    def _release(self) -> None:
        self.holds, self.open = False, True
        self.raw()
        self._pair.changed()

    def cancel(self) -> None:
        """Stop the clock."""
        self._timer.cancel()


class FailedRequest(_Held):
    """Lets the request end here and answers it in the upstream's place."""

    forwards = False

    def __init__(self, pair: Http1Pair, rule: Rule, expects_continue: bool) -> None:
        """Take the rule with the answer."""
        super().__init__(pair, expects_continue)
        self._rule = rule

    def take(self, raw: bytes) -> None:
        """Leave it; the record has it."""

    def raw(self) -> None:
        """Close: there is no way to answer what cannot be understood."""
        self._pair.close()

    def done(self) -> None:
        """Answer."""
        record = self._pair.record
        if record is None:
            return
        record.status = self._rule.status or 0
        record.response_head, body = own_answer(self._rule, record.status, record.method)
        record.response = Capture(body)
        self._pair.client.write(record.response_head + body)
        self._pair.answered("failed")


class RefusedRequest(FailedRequest):
    """Lets the request end here and closes the client's connection without an answer."""

    def done(self) -> None:
        """Close."""
        self._pair.answered("refused")
        self._pair.close()


class AlteredRequest(_Held):
    """Keeps the request until it is complete, then passes an altered one on. The record shows what was passed on."""

    def __init__(self, pair: Http1Pair, rule: Rule, expects_continue: bool) -> None:
        """Take the rule with the changes."""
        super().__init__(pair, expects_continue)
        self._rule = rule

    def take(self, raw: bytes) -> None:
        """Keep it, up to the limit."""
        if not self.holds:
            self._pair.send(raw)
            return
        super().take(raw)
        if len(self._kept) > ALTERED_BYTES:
            self.holds = False
            self.raw()

    def done(self) -> None:
        """Pass it on as the rule wants it."""
        if self.holds:
            self.holds = False
            self._pass_on(bytes(self._kept))

    def _pass_on(self, raw: bytes) -> None:
        self._pair.send(self._altered(raw))

    def _altered(self, raw: bytes) -> bytes:
        end = head_end(raw)
        old = payload(raw[end:], parse_request(raw[:end]).body)
        new = body_of(self._rule, old)
        framing = None if new == old else (("Content-Length", str(len(new))),)
        head = altered_head(self._rule, raw[:end], framing)
        if self._pair.record is not None:
            self._pair.record.request_head, self._pair.record.request = head, Capture(new)
        return head + (raw[end:] if new == old else new)


class DuplicatedRequest(AlteredRequest):
    """Passes the request on, and copies of it beside or after it, each on an upstream connection of its own."""

    def _pass_on(self, raw: bytes) -> None:
        self._pair.send(raw)
        self._pair.duplicate(raw, self._rule)


def begun(pair: Http1Pair, expects_continue: bool) -> Course:
    """Give the course of the request whose head has just been read."""
    if pair.record is not None and pair.rules.waits_for_body(pair.record):
        return Undecided(pair, expects_continue)
    return decided(pair, expects_continue)


def decided(pair: Http1Pair, expects_continue: bool) -> Course:
    """Give the course by the rule that applies; `expects_continue` if the client waits for 100 and has none yet."""
    rule = pair.rules.choose(pair.record) if pair.record is not None else None
    if rule is None:
        return Course(pair)
    if rule.action in DELIVERIES:
        pair.delivery = DELIVERIES[rule.action](pair, rule)
        return Course(pair)
    if rule.action == "delay":
        return DelayedRequest(pair, rule)
    kinds = {"fail": FailedRequest, "refuse": RefusedRequest, "alter_request": AlteredRequest}
    return kinds.get(rule.action, DuplicatedRequest)(pair, rule, expects_continue)
