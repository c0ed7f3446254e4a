"""Property 10, answers to deliveries: what the app answers is what becomes of the event."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Inconclusive, Match, Rule, Unsupported, Violation, requirement, seam, wire
from dapr_conformance.checkers.delivery_answer import DROP, RETRY, SUCCESS, attempts, meaning
from dapr_conformance.probes import event_cases, events, handlers, outgoing, requests, topics

if TYPE_CHECKING:
    from dapr_conformance import Check, Exchange

SOURCE = "Dapr docs: reference/api/pubsub_api, Expected HTTP Response"
_CASE = Match(method="POST", path=r"/v1\.0/publish/.*", body='"dc"')
_DELIVERY = Match(method="POST", path=r"/dc/deliver/.*", body='"dc"')
_WAIT_S = 5.0


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
        wire("one in thirty events is lost", ("probe", Rule(_CASE, "fail", status=204, skip=29, limit=1))),
        wire("a delivery comes twice", ("inbound", Rule(_DELIVERY, "duplicate"))),
        wire("an answer arrives as success", ("inbound", Rule(_DELIVERY, "alter_response", status=200, body=""))),
        wire("DROP arrives as RETRY", ("inbound", Rule(_DELIVERY, "alter_response", replace=(("DROP", "RETRY"),)))),
        wire("the id is another", ("inbound", Rule(_DELIVERY, "alter_request", replace=(('"id":"', '"id":"x'),)))),
        wire(
            "one attempt has other bytes",
            ("inbound", Rule(_DELIVERY, "alter_request", replace=(('"dc"', '"dc" '),), skip=30, limit=1)),
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar: it delivers to a control app that answers as the event itself says."""
    free: Queue[tuple[int, str]] = Queue()
    found = topics.probe_topics(check.target, check.requirement.arena.topics)
    for numbered in enumerate(found.plain if found else ()):
        free.put(numbered)

    def with_a_topic(check: Check, case: dict[str, Any]) -> None:
        if found is None:
            raise Unsupported("the app has no pub/sub component", "a Component of type pubsub.* in the resources path")
        number, topic = free.get()
        try:
            _answers_decide(check, case, found.pubsubname, topic, f"/dc/deliver/{number}")
        finally:
            free.put((number, topic))

    check.for_all("the answer decides what follows", event_cases.answers(), with_a_topic, width=free.qsize() or 1)


def _answers_decide(check: Check, case: dict[str, Any], pubsubname: str, topic: str, route: str) -> None:
    policy = events.policy(check, pubsubname)
    if policy.circuit_breaker:
        raise Unsupported("a circuit breaker of the Resiliency stands before the deliveries: their number is its own")
    told = [(None if row.get("close") else row["status"], row.get("body", "").encode()) for row in case["answers"]]
    expected = attempts(told, policy)
    marker, behind, since = check.fresh("event"), check.fresh("behind"), check.inbound.mark()
    _publish(check, pubsubname, topic, marker, {"dc": case, "marker": marker})
    _publish(check, pubsubname, topic, behind, {"marker": behind})
    # The broker keeps the order of a topic: once the event behind has come, nothing more comes of the one before.
    last = check.inbound.wait(Match(path=route, body=behind, complete=True), since=since, timeout_s=_WAIT_S)
    calls = check.inbound.exchanges(Match(path=route, body=marker), since=since)
    if not last:
        raise Violation("the next event of the topic is delivered too", f"not within {_WAIT_S:g} s", calls=calls)
    if len(calls) != expected:
        raise Violation(f"{expected} deliveries for these answers", f"{len(calls)} deliveries", calls=calls)
    _expect_as_sent(calls, marker, {"dc": case, "marker": marker})
    check.seen("an event delivered", len(calls))


def _publish(check: Check, pubsubname: str, topic: str, marker: str, data: Any) -> None:
    body = json.dumps(data).encode()
    reply = check.pubsub(pubsubname).publish(topic, body, metadata={"cloudevent.id": marker})
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
        seam("ack_invalid_lost", every=20),
        seam("error_on_invalid", verdict="warned"),
        seam("retry_on_invalid", verdict="warned"),
    ),
)
def app(check: Check) -> None:
    """Judge the app on every route that it subscribes with, by events that its sidecar could deliver."""
    check.for_all("every answer is of the protocol", event_cases.envelopes(check), _answer_is_of_the_protocol)
    check.for_all("a valid event takes effect once", event_cases.valid(check), _valid_takes_effect, width=8)
    check.for_all("an invalid event is kept or dropped", event_cases.declared(check, "invalid"), _invalid_ends, share=0.3)
    check.for_all("no success over a failed write", event_cases.writing(check), _failed_write_is_no_success, share=0.3)
    check.for_all("no success before a late write", event_cases.writing(check), _late_write_is_awaited, share=0.2)
    check.for_all("an event that comes twice", event_cases.repeated(check), _twice_is_once, share=0.3)
    check.once("what was acknowledged survives SIGTERM", _acknowledged_survives)
    check.once("routes of bulk subscriptions", _bulk_is_not_judged)
