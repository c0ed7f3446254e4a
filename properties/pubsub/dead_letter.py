"""Property 12, dead letters: an event that cannot be processed ends, whole and once, where it is declared to end."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Attribution, Match, Rule, Unsupported, Violation, files, requirement, seam, wire
from dapr_conformance.checkers.dead_letter_files import finding
from dapr_conformance.checkers.delivery_answer import DROP, RETRY, SUCCESS, attempts, meaning, taken_for_success
from dapr_conformance.probes import dead_letters, event_cases, events, handlers, requests, topics
from dapr_conformance.probes.strategies import json_values

if TYPE_CHECKING:
    from dapr_conformance import Check, Exchange
    from dapr_conformance.checkers.dead_letter_files import Finding
    from dapr_conformance.probes.dead_letters import DeadLetter
    from dapr_conformance.target.model import Subscription

SOURCE = "Dapr docs: developing-applications/building-blocks/pubsub/pubsub-deadletter"
_DELIVERY = Match(method="POST", path=r"/dc/deliver/.*", body='"dc"')
_DEAD = Match(method="POST", path=r"/dc/accept/.*", body='"dc"')
_PUBLISHED = Match(method="POST", path=r"/v1\.0/publish/.*", body='"dc"')
_WAIT_S = 5.0
_FAILS, _DROPS = {"status": 500}, {"status": 200, "body": '{"status":"DROP"}'}
_ENDINGS = ([_FAILS], [_DROPS], [_FAILS, _DROPS], [{"status": 404}], [_FAILS, {"status": 204}], [{"status": 204}])
_BURIED = "an event that became a dead letter"
_ACCEPTED = "a dead letter delivered to its handler"


@requirement(
    "An event MUST reach the dead letter topic with its original bytes exactly once when its last attempt has failed "
    "or was answered DROP, and never after success.",
    title="Dead letter",
    block="pubsub",
    vantage="sidecar",
    number=12,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    needs=("pubsub",),
    broken_by=(
        wire("an event is accepted and lost", ("probe", Rule(_PUBLISHED, "fail", status=204))),
        wire("a failure arrives as success", ("inbound", Rule(_DELIVERY, "alter_response", status=200, body=""))),
        wire("a success arrives as a failure", ("inbound", Rule(_DELIVERY, "alter_response", status=500))),
        wire("DROP arrives as SUCCESS", ("inbound", Rule(_DELIVERY, "alter_response", replace=(("DROP", "SUCCESS"),)))),
        wire("a dead letter comes twice", ("inbound", Rule(_DEAD, "duplicate"))),
        wire(
            "a dead letter has another topic",
            ("inbound", Rule(_DEAD, "alter_request", replace=(('"topic":"', '"topic":"dead-'),))),
        ),
        wire(
            "one dead letter in ten has other bytes",
            ("inbound", Rule(_DEAD, "alter_request", replace=(('"dc"', '"dc" '),), skip=9, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar by pairs of topics and a control app that fails as the event itself says."""
    count = check.requirement.arena.topics
    found = topics.probe_topics(check.target, count)
    pairs = (
        [
            dead_letters.Pair(found.pubsubname, topic, dead, f"/dc/deliver/{count + n}", f"/dc/accept/{2 * count + n}")
            for n, (topic, dead) in enumerate(found.pairs)
        ]
        if found
        else []
    )
    lent = topics.Lent(pairs)

    def with_a_pair(check: Check, case: dict[str, Any]) -> None:
        with lent.one() as pair:
            _ends_where_declared(check, case, pair)

    told = st.one_of(st.sampled_from(_ENDINGS).map(lambda rows: {"answers": rows}), event_cases.answers())
    cases = st.builds(lambda answers, more: {**answers, "payload": more}, told, json_values())
    check.for_all("an event ends where it must", cases, with_a_pair, width=lent.width, trigger=_BURIED)


def _ends_where_declared(check: Check, case: dict[str, Any], pair: dead_letters.Pair, *, again: bool = False) -> None:
    policy = events.policy(check, pair.pubsubname)
    if policy.circuit_breaker:
        raise Unsupported("a circuit breaker of the Resiliency stands before the deliveries: their number is its own")
    told = [(None if row.get("close") else row["status"], row.get("body", "").encode()) for row in case["answers"]]
    tries = attempts(told, policy)
    last = meaning(*told[min(tries, len(told)) - 1])
    dies = last.kind == RETRY or (last.kind == DROP and (not last.not_found or check.expectations.dead_letter_on_404))
    since, marker = check.inbound.mark(), check.fresh("event")
    dead_letters.publish(check, pair.pubsubname, pair.topic, marker, {"dc": case, "marker": marker})
    dead_letters.await_behind(check, pair, since)
    calls = check.inbound.exchanges(Match(path=pair.route, body=marker), since=since)
    ended = check.inbound.exchanges(Match(path=pair.dead_route, body=marker), since=since)
    # Fewer attempts, or as many without the dead letter that follows: then daprd may have seen a success.
    short = len(calls) < tries or (len(calls) == tries and dies and not ended)
    if short and taken_for_success(told, len(calls)) and not again:
        check.count("events lost by daprd after a delivery without an answer", 1)
        # daprd's known mistake is one in a thousand: the same again at once is another one.
        _ends_where_declared(check, case, pair, again=True)
        return
    if len(calls) != tries:
        raise Violation(f"{tries} attempts with these answers", f"{len(calls)} attempts", calls=calls)
    if len(ended) != int(dies):
        expected = f"{int(dies)} events on the dead letter topic after {tries} attempts"
        raise Violation(expected, f"{len(ended)}", calls=[*calls, *ended])
    check.seen(_BURIED, len(ended))
    if ended:
        _expect_original(calls[0], ended[0])


def _expect_original(first: Exchange, ended: Exchange) -> None:
    if first.request_sha256 != ended.request_sha256:
        raise Violation("the bytes of the first attempt on the dead letter topic", "other bytes", calls=(first, ended))


@requirement(
    "A declared dead letter topic MUST be another topic, be allowed by the scopes and have a handler that accepts the "
    "original envelope; an event that the app cannot process MUST end there once, while other events are handled.",
    title="Dead letter",
    block="pubsub",
    vantage="app",
    number=12,
    source=SOURCE,
    needs=("pubsub",),
    broken_by=(
        seam("dead_letter_rejects_envelope"),
        seam("dead_letter_status_word"),
        seam("dead_letter_topic_equals_topic"),
        seam("dead_letter_misspelt"),
        seam("dead_letter_not_subscribed", verdict="warned"),
        seam("ack_on_failure"),
        files("the dead letter topic is misspelt", dead_letter="payments.deda"),
        files("nobody reads the dead letter topic", dead_letter="elsewhere", verdict="warned"),
        files("the dead letter topic is not in publishingScopes", publishing_scopes="subject=payments,shipments"),
    ),
)
def app(check: Check) -> None:
    """Judge what is declared, then the dead letter handlers, then whole failures."""
    declared = dead_letters.declared(check)
    if not declared:
        check.once("a dead letter topic is declared", _none_declared)
    for subscription in declared:
        check.once(f"the dead letter topic of {subscription.topic} can serve", partial(_can_serve, subscription))
    cases = st.builds(lambda dead, case: {**case, **dead}, dead_letters.cases(check), event_cases.envelopes(check))
    check.for_all("a dead letter handler accepts the original", cases, _handler_accepts, width=2, trigger=_ACCEPTED)
    failing = event_cases.declared(check, "failing")
    check.for_all("a failing event ends there once", failing, _failing_ends_there, share=0.1, width=2)


def _none_declared(_check: Check) -> None:
    raise Unsupported("no subscription declares a dead letter topic", dead_letters.DECLARE_LINE)


def _can_serve(subscription: Subscription, check: Check) -> None:
    found = _finding(check, subscription)
    if found:
        where = Attribution.CONFIG if found.location else Attribution.APP
        raise Violation(found.expected, found.actual, attribution=where, location=found.location, warned=found.warned)


def _finding(check: Check, subscription: Subscription) -> Finding | None:
    component = next((c for c in check.target.components_of("pubsub") if c.name == subscription.pubsubname), None)
    others = dead_letters.subscribed_by_siblings(check)
    return finding(subscription, dead_letters.running(check), others, component, check.target.app_id)


def _handler_accepts(check: Check, case: dict[str, Any]) -> None:
    dead = dead_letters.at(check, case["topic"])
    attributes = {**case["extra"], **case["attributes"], "topic": dead.declared.topic}
    event = events.envelope(check, dead.handler, case["data"], without=case["without"], **attributes)
    answer = events.deliver(check, dead.handler, event, content_type=case["content_type"])
    answer = handlers.until_final(check, dead.handler, event, answer)
    kind = handlers.kind_of(answer)
    check.seen(_ACCEPTED)
    if kind != SUCCESS:
        expected = f"SUCCESS for an event whose topic is {dead.declared.topic!r} still"
        raise Violation(expected, requests.said(answer), calls=(answer,), warned=_is_dropped(answer))


def _is_dropped(answer: Exchange) -> bool:
    found = meaning(answer.status, answer.response_body)
    return found.kind == DROP and not found.not_found


def _failing_ends_there(check: Check, case: dict[str, Any]) -> None:
    failing = events.route_at(check, case["route"])
    if _finding(check, failing.subscription):
        return  # what is declared cannot work and is reported as that
    dead = dead_letters.of(check, failing.subscription)
    dead_letters.refuse_unpublishable(check, dead.declared.pubsubname, dead.declared.topic)
    since, good = check.inbound.mark(), _good_traffic(check, dead)
    marker, behind = check.fresh("event"), check.fresh("behind")
    sent = events.sample(failing, "failing", events.identifier(check))
    for each in (marker, behind):
        dead_letters.publish(check, dead.declared.pubsubname, dead.declared.topic, each, sent)
    _expect_handled(check, since, good)
    # The broker keeps the order of a topic: when the second event comes, the first is done with.
    check.inbound.wait(Match(path=failing.path, body=behind, complete=True), since=since, timeout_s=_WAIT_S)
    tried = check.inbound.exchanges(Match(path=failing.path, body=marker), since=since)
    if not tried or handlers.kind_of(tried[-1]) == SUCCESS:
        said = requests.said(tried[-1]) if tried else "never delivered"
        raise Violation("no success for the declared failing event", said, calls=tried)
    check.inbound.wait(Match(path=dead.handler.path, body=behind, complete=True), since=since, timeout_s=_WAIT_S)
    ended = check.inbound.exchanges(Match(path=dead.handler.path, body=marker), since=since)
    if len(ended) != 1:
        expected = f"the failing event once at {dead.handler.path}"
        raise Violation(expected, f"{len(ended)} times after {len(tried)} attempts", calls=[*tried, *ended])
    event = json.loads(ended[0].request_body)
    if (event.get("id"), event.get("topic")) != (marker, dead.declared.topic):
        raise Violation(f"id {marker} and topic {dead.declared.topic}", requests.said(ended[0]), calls=ended)
    check.seen("a failing event that became a dead letter")


def _good_traffic(check: Check, dead: DeadLetter) -> tuple[events.EventRoute, str] | None:
    """Publish a valid event on another topic; give its route and id, or None where no other one is declared."""
    for route in events.routes(check):
        if route.declares("valid") and route.subscription.topic != dead.declared.topic:
            marker, identifier = check.fresh("good"), events.identifier(check)
            events.prepare(check, [route], identifier)
            sent = events.sample(route, "valid", identifier)
            dead_letters.publish(check, route.subscription.pubsubname, route.subscription.topic, marker, sent)
            return route, marker
    return None


def _expect_handled(check: Check, since: int, good: tuple[events.EventRoute, str] | None) -> None:
    if good is None:
        return
    route, marker = good
    found = check.inbound.wait(Match(path=route.path, body=marker, complete=True), since=since, timeout_s=_WAIT_S)
    if not found or handlers.kind_of(found[-1]) != SUCCESS:
        said = requests.said(found[-1]) if found else f"nothing within {_WAIT_S:g} s"
        raise Violation(f"the valid event on {route.subscription.topic} handled meanwhile", said, calls=found)
