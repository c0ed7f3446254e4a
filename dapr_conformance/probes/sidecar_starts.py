"""Starts of sidecars before an app that comes late, and what they say of their health until it is there and after."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dapr_conformance.building_blocks.http import Reply
from dapr_conformance.environment import twin
from dapr_conformance.environment.plan import TWIN_INTERVAL_S, TWIN_THRESHOLD, TWIN_TIMEOUT_S
from dapr_conformance.environment.twin import Twin
from dapr_conformance.probes.outcome import Violation
from dapr_conformance.probes.topics import Lent
from dapr_conformance.warden.protocol import Exchange, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.environment.plan import Unit
    from dapr_conformance.probes.check import Check

HEALTHZ, OUTBOUND, OTHER_APP = "/v1.0/healthz", "/v1.0/healthz/outbound", "/v1.0/healthz?appid=another-app"
_START_S = 10.0
_READY_S = 5.0
_PAUSE_S = 0.02
# How long a flip may take: the checks that it takes, one interval until the next of them, and 2 s for this machine.
_FLIP_S = TWIN_INTERVAL_S * (TWIN_THRESHOLD + 1) + TWIN_TIMEOUT_S + 2.0
# How an app fails its health check: what daprd does not take for healthy is anything but 2xx in time.
FAILURES = {
    "error": {"action": "fail", "status": 500},
    "not found": {"action": "fail", "status": 404},
    "redirect": {"action": "fail", "status": 302},
    "closed": {"action": "refuse"},
    "slow": {"action": "delay_response", "delay_s": 2 * TWIN_TIMEOUT_S},
    "no answer": {"action": "drop_response"},
}


@dataclass
class Start:
    """One start of a sidecar, with all that it has answered about its health."""

    check: Check
    twin: Twin
    probes: int = 0
    last: dict[str, Reply] = field(default_factory=dict)

    def ask(self, target: str) -> Reply:
        """Ask for a health route."""
        self.probes += 1
        reply = self.last[target] = self.twin.api.call("GET", target)
        return reply

    def watch(self, seconds: float, expect: Callable[[], None], until: Callable[[], bool] = lambda: False) -> bool:
        """Expect something again and again for a time, or until something else holds; tell whether that came."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if until():
                return True
            expect()
            time.sleep(_PAUSE_S)
        return until()

    def expect(self, target: str, status: int, word: str, when: str) -> None:
        """Ask for a health route; raise Violation for another status or without this word in its answer."""
        reply = self.ask(target)
        if reply.status != status or word not in reply.body.decode("utf-8", "replace"):
            said = f"{status} {word}".rstrip()
            raise Violation(f"{said} from {target} {when}", str(reply), calls=(reply,))

    def call_app(self) -> Reply:
        """Call the app through this sidecar."""
        return self.twin.api.call("GET", f"/v1.0/invoke/{self.check.target.app_id}/method/dc/echo/health")

    def health_checks(self, since: int = 0) -> list[Exchange]:
        """Give the sidecar's health checks of the app since then."""
        match = Match(method="GET", path=health_path(self.check))
        return self.check.environment.warden.exchanges(self.twin.unit.inbound or "", match, since_id=since)


def health_path(check: Check) -> str:
    """Give the path that the sidecar's health checks ask for."""
    return "/" + (check.target.app.health_check_path or "/healthz").lstrip("/")


def twins(check: Check) -> Lent[Unit]:
    """Give the arena's twins, by turns."""
    return Lent(check.environment.plan.twins)


@contextmanager
def started(check: Check, unit: Unit) -> Iterator[Start]:
    """Start a twin and wait until its API answers; count its probes when it ends."""
    with twin.running(check.environment, unit) as running:
        start = Start(check, running)
        try:
            if not start.watch(_START_S, lambda: None, lambda: start.ask(OUTBOUND).status == 204):
                raise Violation(f"204 from {OUTBOUND} within {_START_S:g} s", str(start.last[OUTBOUND]))
            yield start
        finally:
            check.count("probes of health", start.probes)


def stays_unready(start: Start, seconds: float) -> None:
    """Expect that the sidecar says, all the time, that its own API works and that the app is not there."""

    def expect() -> None:
        start.expect(OUTBOUND, 204, "", "before the app listens")
        start.expect(HEALTHZ, 500, "ERR_HEALTH_NOT_READY", "before the app listens")

    expect()
    start.watch(seconds, expect)


def becomes_ready(start: Start) -> None:
    """Let the app listen, and expect the sidecar to be ready soon, and to stay so."""
    start.twin.admit_app()
    if not start.watch(_READY_S, lambda: None, lambda: start.ask(HEALTHZ).status == 204):
        reply = start.last[HEALTHZ]
        raise Violation(f"204 from {HEALTHZ} within {_READY_S:g} s after the app listens", str(reply), calls=(reply,))
    start.expect(OTHER_APP, 500, "ERR_HEALTH_APPID_NOT_MATCH", "for another app id")
    start.check.seen("a sidecar that became ready")


def stays_ready(start: Start) -> None:
    """Expect the sidecar's health to be good."""
    start.expect(HEALTHZ, 204, "", "while nothing has changed for the worse")
    start.expect(OUTBOUND, 204, "", "while nothing has changed for the worse")


def admits_calls(start: Start, when: str) -> None:
    """Expect that the app is called again soon."""
    if not start.watch(_FLIP_S, lambda: stays_ready(start), lambda: start.call_app().status == 200):
        reply = start.call_app()
        raise Violation(f"calls of the app {when}", f"none within {_FLIP_S:g} s: {reply}", calls=(reply,))


def refuses_calls(start: Start, kind: str) -> None:
    """Let the app fail its health checks, and expect that it is called no more after as many as are allowed."""
    warden, name = start.check.environment.warden, start.twin.unit.inbound or ""
    since = warden.last_exchange_id(name)
    number = warden.add_rule(name, Rule(Match(path=health_path(start.check)), **FAILURES[kind]))  # type: ignore[arg-type] # a row of options
    try:
        # daprd itself stays ready: it does not show what it thinks of the app.
        flipped = start.watch(_FLIP_S, lambda: stays_ready(start), lambda: _is_unhealthy(start.call_app()))
        failed = len([each for each in start.health_checks(since) if each.ended_ns is not None])
        if not flipped:
            raise Violation(f"no calls of an app whose health checks fail ({kind})", f"called after {failed} of them")
        if failed < TWIN_THRESHOLD:
            raise Violation(f"calls until {TWIN_THRESHOLD} health checks have failed", f"none after {failed} ({kind})")
        start.check.seen("an app that was found unhealthy")
        start.check.count("sidecars that stayed ready although their app was unhealthy: daprd does not show it", 1)
    finally:
        warden.remove_rule(name, number)


def _is_unhealthy(reply: Reply) -> bool:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return False
    return reply.status == 500 and "healthy state" in str(found.get("message") if isinstance(found, dict) else "")
