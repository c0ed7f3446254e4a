"""What becomes of an answer on its way to the client when a rule has a say; without one it is passed on as it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dapr_conformance.http_message.bodies import payload
from dapr_conformance.http_message.heads import head_end, parse_response
from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.alter import BODYLESS, altered_head, altered_status, body_of
from dapr_conformance.warden.recorder.pair import HELD_BYTES
from dapr_conformance.warden.recorder.record import Capture, Record

if TYPE_CHECKING:
    from dapr_conformance.warden.recorder.http1 import Http1Pair

ALTERED_BYTES = 32 * 1024 * 1024  # a message that is longer is passed on as it is


class Delivery:
    """Takes the raw parts of one answer. `done` or `ended` is called once, `cancel` when the client is gone."""

    def __init__(self, pair: Http1Pair, rule: Rule) -> None:
        """Serve one answer of the pair."""
        self._pair = pair
        self._rule = rule
        self._kept = bytearray()

    def informational(self, raw: bytes) -> None:
        """Pass a 1xx head on at once: the client may be waiting for 100 before it sends its body."""
        self._pair.client.write(raw)

    def data(self, raw: bytes) -> None:
        """Take a part of the answer."""
        self._kept += raw

    def done(self) -> None:
        """Take note that the answer is complete."""

    def ended(self) -> None:
        """Take note that the upstream closed before the answer was complete."""

    def raw(self) -> None:
        """Take note that what comes is not HTTP (any more)."""

    def cancel(self) -> None:
        """Forget it: the client is gone."""


class DelayedAnswer(Delivery):
    """Passes the answer on some time after its first byte came."""

    _timer: asyncio.TimerHandle | None = None
    _released = False
    _outcome: str | None = None

    def data(self, raw: bytes) -> None:
        """Keep it until the time has come; the first part starts the clock."""
        if self._released:
            self._pair.client.write(raw)
            return
        super().data(raw)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._rule.delay_s, self._release)
        if len(self._kept) > HELD_BYTES:
            self._pair.upstream.wait("delivery")

    def done(self) -> None:
        """Have the exchange end when the answer is passed on."""
        self._end("complete")

    def ended(self) -> None:
        """Have the exchange end when what came is passed on, or now if nothing came."""
        self._end("upstream_closed")

    def _end(self, outcome: str) -> None:
        self._outcome = outcome
        if self._released or self._timer is None:
            self._pair.answered(outcome)

    def _release(self) -> None:
        self._released = True
        self._pair.client.write(bytes(self._kept))
        self._kept.clear()
        self._pair.upstream.go("delivery")
        if self._outcome is not None:
            self._pair.answered(self._outcome)
        self._pair.changed()

    def cancel(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()


class DroppedAnswer(Delivery):
    """Swallows the answer, then closes the client's connection."""

    def data(self, raw: bytes) -> None:
        """Swallow it."""

    def done(self) -> None:
        """Close without the answer."""
        self._pair.answered("dropped")
        self._pair.hang_up()

    ended = done


class AlteredAnswer(Delivery):
    """Keeps the answer until it is complete, then passes an altered one on. The record shows what was passed on."""

    _given_up = False

    def data(self, raw: bytes) -> None:
        """Keep it, up to the limit."""
        if self._given_up:
            self._pair.client.write(raw)
            return
        super().data(raw)
        if len(self._kept) > ALTERED_BYTES:
            self.raw()

    def done(self) -> None:
        """Pass the altered answer on."""
        if not self._given_up and self._pair.record is not None:
            self._pair.client.write(_alter(self._rule, self._pair.record, bytes(self._kept)))
        self._pair.answered("complete")

    def ended(self) -> None:
        """Pass on what came, as it came."""
        self.raw()
        self._pair.answered("upstream_closed")

    def raw(self) -> None:
        """Pass on what came, as it came, and what comes."""
        self._given_up = True
        self._pair.client.write(bytes(self._kept))
        self._kept.clear()


def _alter(rule: Rule, record: Record, raw: bytes) -> bytes:
    end = head_end(raw)
    status = rule.status or record.status or 0
    body = body_of(rule, payload(raw[end:], parse_response(raw[:end], record.method).body))
    framing: tuple[tuple[str, str], ...] | None = (("Content-Length", str(len(body))),)
    if record.method == "HEAD":
        framing, body = None, b""  # what it says about a body is about the one that GET would have
    elif status in BODYLESS:
        framing, body = (), b""
    head = altered_status(altered_head(rule, raw[:end], framing), status)
    record.status, record.response_head, record.response = status, head, Capture(body)
    return head + body


DELIVERIES: dict[str, type[Delivery]] = {
    "delay_response": DelayedAnswer,
    "drop_response": DroppedAnswer,
    "alter_response": AlteredAnswer,
}
