"""Property 10, answers to deliveries: what the app answers is what becomes of the event."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dapr_conformance import Arena, Inconclusive, Match, Rule, Unsupported, Violation, requirement, seam, wire
from dapr_conformance.checkers.delivery_answer import DROP, RETRY, SUCCESS, attempts, meaning, taken_for_success
from dapr_conformance.checkers.writes import block_of, more_effects
from dapr_conformance.probes import event_cases, events, handlers, outgoing, requests, topics

if TYPE_CHECKING:
    from dapr_conformance import Check, Exchange
    from dapr_conformance.probes.events import EventRoute
    from dapr_conformance.probes.topics import Place

SOURCE = "Dapr docs: reference/api/pubsub_api, Expected HTTP Response"
_CASE = Match(method="POST", path=r"/v1\.0/publish/.*", body='"dc"')
_DELIVERY = Match(method="POST", path=r"/dc/deliver/.*", body='"dc"')
_WAIT_S = 5.0
_DELAY_S = 0.03  # far beyond what an answer takes that waits for nothing
_BURST = 24
_FAILED = "a write of a handler that failed"
_LATE = "a write of a handler that was late"


@requirement(
    "An event MUST be delivered again exactly while the app's answer asks for it and the retry policy lets it, "
    "each time with the same id and bytes.",
    title="Answers to deliveries",
    block="pubsub",
    vantage="sidecar",
    number=10,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    needs=("pubsub",),
    broken_by=(
        wire("an event is accepted and lost", ("probe", Rule(_CASE, "fail", status=204))),
        wire(
            "one in thirty events is lost",
            ("probe", Rule(_CASE, "fail", status=204, skip=29, limit=1)),
            verdict="flaky",
        ),
        wire("a delivery comes twice", ("inbound", Rule(_DELIVERY, "duplicate"))),
        wire("an answer arrives as success", ("inbound", Rule(_DELIVERY, "alter_response", status=200, body=""))),
        wire("DROP arrives as RETRY", ("inbound", Rule(_DELIVERY, "alter_response", replace=(("DROP", "RETRY"),)))),
        wire("the id is another", ("inbound", Rule(_DELIVERY, "alter_request", replace=(('"id":"', '"id":"x'),)))),
        wire(
            "one delivery has other data",
            ("inbound", Rule(_DELIVERY, "alter_request", replace=(('"marker":', '"market":'),), skip=30, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar: it delivers to a control app that answers as the event itself says."""
    lent = topics.plain(check)

    def with_a_topic(check: Check, case: dict[str, Any]) -> None:
        with lent.one() as place:
            _answers_decide(check, case, place)

    check.for_all("the answer decides what follows", event_cases.answers(), with_a_topic, width=lent.width)


def _answers_decide(check: Check, case: dict[str, Any], place: Place, *, again: bool = False) -> None:
    policy, route = events.policy(check, place.pubsubname), place.route
    if policy.circuit_breaker:
        raise Unsupported("a circuit breaker of the Resiliency stands before the deliveries: their number is its own")
    told = [(None if row.get("close") else row["status"], row.get("body", "").encode()) for row in case["answers"]]
    expected = attempts(told, policy, events.rounds(check, place.pubsubname))
    marker, behind, since = check.fresh("event"), check.fresh("behind"), check.inbound.mark()
    _publish(check, place, marker, {"dc": case, "marker": marker})
    _publish(check, place, behind, {"marker": behind})
    # The broker keeps the order of a topic: once the event behind has come, nothing more comes of the one before.
    last = check.inbound.wait(Match(path=route, body=behind, complete=True), since=since, timeout_s=_WAIT_S)
    calls = check.inbound.exchanges(Match(path=route, body=marker), since=since)
    if not last:
        raise Violation("the next event of the topic is delivered too", f"not within {_WAIT_S:g} s", calls=calls)
    if len(calls) < expected and taken_for_success(told, len(calls)) and not again:
        check.count("events lost by daprd after a delivery without an answer", 1)
        # daprd's known mistake is one in a thousand: the same again at once is another one.
        _answers_decide(check, case, place, again=True)
        return
    if len(calls) != expected:
        raise Violation(f"{expected} deliveries for these answers", f"{len(calls)} deliveries", calls=[*calls, *last])
    _expect_as_sent(calls, marker, {"dc": case, "marker": marker})
    check.seen("an event delivered", len(calls))


def _publish(check: Check, place: Place, marker: str, data: Any) -> None:
    body = json.dumps(data).encode()
    reply = check.pubsub(place.pubsubname).publish(place.topic, body, metadata={"cloudevent.id": marker})
    if reply.status != 204:
        raise Violation("204 for an event that is published", str(reply), calls=(reply,))


def _expect_as_sent(calls: list[Exchange], marker: str, data: Any) -> None:
    if len({call.request_sha256 for call in calls}) > 1:
        raise Violation("every attempt has the same bytes", "they differ", calls=calls)
    event = json.loads(calls[0].request_body)
    if event.get("id") != marker or event.get("data") != data:
        raise Violation(f"the event {marker} with the data that was sent", json.dumps(event)[:500], calls=calls)


@requirement(
    "The app MUST answer each delivery in the words of the protocol and as it is: SUCCESS after the work is done once, "
    "DROP for what no attempt can process, RETRY for what a later one may.",
    title="Answers to deliveries",
    block="pubsub",
    vantage="app",
    number=10,
    source=SOURCE,
    needs=("pubsub",),
    broken_by=(
        seam("unknown_status_word"),
        seam("unknown_status_word", word="DROP"),
        seam("redirect"),
        seam("crash_on_poison"),
        seam("ack_before_save"),
        seam("swallow_failed_save"),
        seam("ack_on_failure"),
        seam("drop_on_failure"),
        seam("not_found_on_failure"),
        seam("not_idempotent"),
        seam("racy_idempotency"),
        seam("ack_invalid_lost"),
        seam("ack_invalid_lost", every=20, verdict="flaky"),
        seam("error_on_invalid", verdict="warned"),
        seam("retry_on_invalid", verdict="warned"),
    ),
)
def app(check: Check) -> None:
    """Judge the app on every route that it subscribes with, by events that its sidecar could deliver."""
    check.for_all("every answer is of the protocol", event_cases.envelopes(check), _answer_is_of_the_protocol, width=2)
    check.for_all("a valid event takes effect once", event_cases.valid(check), _valid_takes_effect, width=8, share=0.3)
    invalid = event_cases.declared(check, "invalid")
    check.for_all("an invalid event is dropped or kept", invalid, _invalid_is_dropped_or_kept, share=0.3)
    writing = event_cases.writing(check)
    check.for_all("no success over a failed write", writing, _failed_write_is_no_success, share=0.2, trigger=_FAILED)
    check.for_all("no success before a late write", writing, _late_write_is_awaited, share=0.15, trigger=_LATE)
    check.for_all("what comes twice takes effect once", event_cases.repeated(check), _twice_is_once, share=0.15)
    check.once("what was acknowledged survives SIGTERM", _acknowledged_survives)
    for gap in handlers.gaps(check):
        check.once(gap.reason, partial(_raise, gap))


def _raise(gap: Unsupported, _check: Check) -> None:
    raise gap


def _answer_is_of_the_protocol(check: Check, case: dict[str, Any]) -> None:
    route = events.route_at(check, case["route"])
    attributes = {**case["extra"], **case["attributes"]}
    event = events.envelope(check, route, case["data"], without=case["without"], **attributes)
    limit = events.policy(check, route.subscription.pubsubname).timeout_s or events.ANSWER_S
    answer = events.deliver(check, route, event, content_type=case["content_type"], timeout_s=limit)
    if answer.status is None:
        raise Violation(f"an answer within {limit:g} s", requests.said(answer))
    check.seen("a delivery answered")
    astray = meaning(answer.status, answer.response_body).astray
    if astray:
        raise Violation("an answer that daprd takes for what it says", f"{astray}: {requests.said(answer)}")


def _valid_takes_effect(check: Check, case: dict[str, Any]) -> None:
    routes = [events.route_at(check, path) for path in case["routes"]]
    identifier = events.identifier(check)
    events.prepare(check, routes, identifier)
    made = [events.envelope(check, r, events.sample(r, "valid", identifier), **case["extra"]) for r in routes]
    calls = [
        partial(events.deliver, check, route, event, content_type=case["content_type"])
        for route, event in zip(routes, made, strict=True)
    ]
    for route, event, first in zip(routes, made, events.at_once(calls), strict=True):
        # Handlers that meet in one record may send one another back; alone there is nothing to wait for.
        answer = first if len(routes) == 1 else handlers.until_final(check, route, event, first)
        if handlers.kind_of(answer) != SUCCESS:
            raise Violation("SUCCESS for the declared valid event", requests.said(answer), calls=(answer,))
    for route in routes:
        _expect_one_effect(check, route, identifier)


def _expect_one_effect(check: Check, route: EventRoute, identifier: str) -> None:
    if not route.declares("effect"):
        return
    times = events.effect_count(check, route, identifier)
    if times != 1:
        raise Violation(f"the effect of one event of topic {route.subscription.topic} once", f"{times} times")
    check.seen("an effect looked at")


def _invalid_is_dropped_or_kept(check: Check, case: dict[str, Any]) -> None:
    route, identifier = events.route_at(check, case["route"]), events.identifier(check)
    events.prepare(check, [route], identifier)
    event = events.envelope(check, route, events.sample(route, "invalid", identifier), **case["extra"])
    since = outgoing.marks(check)
    answer = events.deliver(check, route, event, content_type=case["content_type"])
    kind = handlers.kind_of(answer)
    check.seen("an invalid event delivered")
    if kind == SUCCESS:
        _expect_kept(check, since, answer, (identifier, event["id"]))
    elif kind == RETRY:
        policy = events.policy(check, route.subscription.pubsubname, own=True)
        caught = bool(policy.max_retries) or route.subscription.dead_letter_topic is not None
        raise Violation("DROP for an event that no attempt can process", requests.said(answer), warned=caught)


def _expect_kept(check: Check, since: outgoing.Marks, answer: Exchange, marks: tuple[str, ...]) -> None:
    bodies = [call.request_body for call in outgoing.writes(check, since)]
    if any(mark.encode() in body for mark in marks for body in bodies):
        return
    if outgoing.unread_calls(check, since):
        raise Inconclusive("an invalid event was acknowledged; whether an unknown gRPC call keeps it cannot be seen")
    raise Violation("DROP, or a write that keeps the event", f"acknowledged and lost: {requests.said(answer)}")


def _failed_write_is_no_success(check: Check, case: dict[str, Any]) -> None:
    path, block = case["write"]
    route = events.route_at(check, path)
    event = handlers.good_event(check, route, events.identifier(check), case["extra"])
    with outgoing.failing(check, block) as applied:
        answer = events.deliver(check, route, event, content_type=case["content_type"])
    if not outgoing.count(applied):
        return
    check.seen(_FAILED)
    kind = handlers.kind_of(answer)
    if kind == SUCCESS:
        raise Violation(f"no SUCCESS after every write to {block} had failed", requests.said(answer))
    if kind == DROP and route.declares("valid"):
        raise Violation("RETRY or an error: a later attempt may succeed", requests.said(answer))


def _late_write_is_awaited(check: Check, case: dict[str, Any]) -> None:
    path, block = case["write"]
    route = events.route_at(check, path)
    event = handlers.good_event(check, route, events.identifier(check), case["extra"])
    since = outgoing.marks(check)
    with outgoing.delayed(check, block, _DELAY_S):
        answer = events.deliver(check, route, event, content_type=case["content_type"])
        if handlers.kind_of(answer) != SUCCESS:
            return
        writes = [w for w in outgoing.writes(check, since, wait_s=handlers.LATE_S) if block_of(w) == block]
    said = answer.response_start_ns or answer.started_ns
    if any(write.ended_ns is None or write.ended_ns > said for write in writes):
        raise Violation("SUCCESS only after the handler's writes", f"{requests.said(answer)} before {writes[0].target}")
    check.seen(_LATE, len(writes))


def _twice_is_once(check: Check, case: dict[str, Any]) -> None:
    route, identifier = events.route_at(check, case["route"]), events.identifier(check)
    event = handlers.good_event(check, route, identifier, case["extra"])
    deliver = partial(events.deliver, check, route, event, content_type=case["content_type"])
    since = outgoing.marks(check)
    for answer in _REPEATS[case["how"]](check, [deliver] * case["copies"]):
        handlers.until_final(check, route, event, answer)
    check.seen("an event that came again")
    if route.declares("valid", "effect"):
        _expect_one_effect(check, route, identifier)
        return
    writes, since = outgoing.writes(check, since), outgoing.marks(check)
    events.deliver(check, route, handlers.good_event(check, route, events.identifier(check), case["extra"]))
    more = more_effects(outgoing.writes(check, since), writes)
    if more:
        raise Violation("no more effects of an event that comes again than of one that does not", more, warned=True)


def _at_once(check: Check, calls: list[Callable[[], Exchange]]) -> list[Exchange]:
    # With slow saves the copies meet for certain.
    with outgoing.delayed(check, "state", _DELAY_S):
        return events.at_once(calls)


_REPEATS: dict[str, Callable[[Check, list[Callable[[], Exchange]]], list[Exchange]]] = {
    "in sequence": lambda _, calls: [call() for call in calls],
    "at once": _at_once,
}


def _acknowledged_survives(check: Check) -> None:
    route = events.declaring(check, "valid", "effect")[0]
    kept = handlers.acknowledged_at_restart(check, route, _BURST)
    if not kept:
        raise Inconclusive("no event was acknowledged before SIGTERM")
    check.seen("an event acknowledged before SIGTERM", len(kept))
    lost = [identifier for identifier in kept if events.effect_count(check, route, identifier) != 1]
    if lost:
        raise Violation(f"the effects of all {len(kept)} events acknowledged before SIGTERM", f"{len(lost)} are gone")
