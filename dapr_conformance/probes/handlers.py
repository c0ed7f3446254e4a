"""What an app's handlers do with good events, found by trying: which routes write, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from dapr_conformance.checkers.delivery_answer import RETRY, SUCCESS, meaning
from dapr_conformance.checkers.writes import block_of
from dapr_conformance.probes import events, knowledge, outgoing
from dapr_conformance.probes.events import EventRoute
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

LATE_S = 1.0  # how long after its answer a handler may take to begin a write that was seen there before
_ATTEMPTS = 4
_AT_ONCE = 6  # deliveries of a burst that are under way together


def good_event(check: Check, route: EventRoute, identifier: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Give an event for a route, its `given` requests sent: declared `valid` data, else any object.

    A handler that takes whatever comes, as most of dead letters do, works on the latter too.
    """
    if not route.declares("valid"):
        return events.envelope(check, route, {"id": identifier}, **extra)
    events.prepare(check, [route], identifier)
    return events.envelope(check, route, events.sample(route, "valid", identifier), **extra)


def writers(check: Check) -> tuple[tuple[str, str], ...]:
    """Give (path of the route, building block) for each block that a route writes to on a good event.

    Raises:
        Unsupported: none was seen to write, and no topic declares `valid`, or unknown gRPC calls were made.
        Inconclusive: none was seen to write although `valid` is declared.

    """
    since = outgoing.marks(check)
    every = events.routes(check)
    found = tuple((route.path, block) for route in every for block in _blocks(check, route))
    if found:
        return found
    if outgoing.unread_calls(check, since):
        raise Unsupported("the handlers make gRPC calls that the recorder does not understand")
    if any(route.declares("valid") for route in every):
        raise Inconclusive("no declared valid event made the app write anything through its sidecar")
    line = f"topics.{every[0].subscription.topic}: {{valid: ...}} in dapr-conformance.yaml"
    raise Unsupported("no event is known that makes a handler write", line)


def _blocks(check: Check, route: EventRoute) -> list[str]:
    event = good_event(check, route, events.identifier(check), {})
    since = outgoing.marks(check)
    answer = events.deliver(check, route, event)
    wait_s = LATE_S if kind_of(answer) == SUCCESS and not outgoing.unread_calls(check, since) else 0.0
    return sorted({block_of(call) or "" for call in outgoing.writes(check, since, wait_s=wait_s)})


def kind_of(answer: Exchange) -> str:
    """Give what an answer means to daprd: `success`, `retry` or `drop`."""
    return meaning(answer.status, answer.response_body).kind


def until_final(check: Check, route: EventRoute, event: dict[str, Any], answer: Exchange) -> Exchange:
    """Deliver an event again while the app asks for it, as a retry policy would; give the last answer."""
    for _ in range(_ATTEMPTS):
        if kind_of(answer) != RETRY:
            break
        answer = events.deliver(check, route, event)
    return answer


def acknowledged_at_restart(check: Check, route: EventRoute, count: int) -> list[str]:
    """Deliver a burst of valid events, end the app with SIGTERM under it and start it again.

    Returns:
        The identifiers whose events were answered as success.

    """
    identifiers = [events.identifier(check) for _ in range(count)]
    begun = Event()

    def send(identifier: str) -> bool:
        event = events.envelope(check, route, events.sample(route, "valid", identifier))
        done = kind_of(events.deliver(check, route, event)) == SUCCESS
        begun.set()
        return done

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(partial(events.prepare, check, [route]), identifiers))
        answered = pool.map(send, identifiers)
        begun.wait(events.ANSWER_S)
        check.environment.restart()
        return [identifier for identifier, done in zip(identifiers, answered, strict=True) if done]


def gaps(check: Check) -> list[Unsupported]:
    """Give what cannot be judged of the app's handlers, with what would change that."""
    every = knowledge.subscriptions_of(check.environment)
    dead = {(each.pubsubname, each.dead_letter_topic) for each in every}
    declared = {topic.name for topic in check.target.manifest.topics.values() if topic.valid is not None}
    silent = [each for each in every if (each.pubsubname, each.topic) not in dead and each.topic not in declared]
    found = [
        Unsupported(
            f"a good event of topic {each.topic} is unknown",
            f"topics.{each.topic}: {{valid: ...}} in dapr-conformance.yaml",
        )
        for each in silent
    ]
    bulks = [each.topic for each in every if each.bulk]
    if bulks:
        found.append(Unsupported(f"bulk deliveries are not judged yet (topics {', '.join(bulks)})"))
    return found
