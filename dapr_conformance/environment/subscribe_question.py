"""daprd's question for the app's subscriptions: when it comes, and what the app answered.

An app without health checks is asked before its sidecar's health is good. One with health checks is asked by the first
of them that succeeds (pkg/runtime/runtime.go, appHealthChanged): daprd checks when the port opens, then once in each
interval. daprd asks once, so what is not asked then is not subscribed while the sidecar runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from dapr_conformance.environment.plan import Unit
from dapr_conformance.environment.waiting import StillWaitingError, wait_until
from dapr_conformance.target.wire_subscriptions import parse
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Exchange, Match

_ASKED = Match(method="GET", path="/dapr/subscribe")
_ENDED = replace(_ASKED, complete=True)
_KNOWN_S = 1.0
Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class SubscribeQuestion:
    """The question as the recorder `inbound` of a unit sees it, behind the exchange `since`."""

    warden: Warden
    unit: Unit
    since: int

    @classmethod
    def from_now(cls, warden: Warden, unit: Unit) -> SubscribeQuestion:
        """Look only at what is asked from now on."""
        return cls(warden, unit, warden.last_exchange_id(unit.inbound) if unit.inbound else 0)

    def answer(self) -> Exchange | None:
        """Give the newest answer of the app, None if it was not asked or has not answered.

        Not only what came to its end: daprd closes the connection as soon as it sees that an answer is no JSON.
        """
        return self._newest(_ASKED)

    def _newest(self, match: Match) -> Exchange | None:
        if self.unit.inbound is None:
            return None
        asked = self.warden.exchanges(self.unit.inbound, match, since_id=self.since)
        return next((exchange for exchange in reversed(asked) if exchange.status is not None), None)

    def await_answer(self, subscribed: Callable[[], Pairs], alive: Callable[[], None]) -> bool:
        """Wait until the app was asked and daprd knows what it answered; returns whether that came in time.

        Args:
            subscribed: gives (pubsubname, topic) of what the sidecar knows.
            alive: raises when waiting has become pointless.

        """
        limit_s, told = self.unit.asked_within_s, Pairs()
        try:
            answer = wait_until("the question", lambda: self._newest(_ENDED), timeout_s=limit_s, alive=alive)
        except StillWaitingError:
            return False
        if answer is not None and answer.status == 200:
            told = frozenset((each.pubsubname, each.topic) for each in parse(answer.response_body).subscriptions)
        with contextlib.suppress(StillWaitingError):  # the metadata API may be denied, and a topic may be nobody's
            wait_until("them in metadata", lambda: told <= subscribed(), timeout_s=_KNOWN_S, alive=alive)
        return True
