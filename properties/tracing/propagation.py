"""Property 9, trace propagation: what one request causes, near or far, belongs to one trace."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Violation, requirement, seam, wire
from dapr_conformance.checkers.trace_context import header, not_continued, parse
from dapr_conformance.probes import access, topics, trace_contexts
from dapr_conformance.probes.tracing import BESIDE, CAUSED, Tracing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dapr_conformance import Check, Exchange, Reply
    from dapr_conformance.checkers.trace_context import Headers
    from dapr_conformance.probes.topics import Place
    from dapr_conformance.probes.trace_contexts import Met, Sent

SOURCE = "Dapr docs: operations/observability/tracing/w3c-tracing-overview"
_INVOKED = Match(path="/dc/echo/trace.*")
_DELIVERED = Match(method="POST", path="/dc/deliver/.*")
_PUBLISHED = Match(method="POST", path=r"/v1\.0[^/]*/publish/.*")
_ONE_TRACE = (("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)
_BULK = "/v1.0-alpha1/publish/bulk"
_AT_ONCE = 8
_WAIT_S = 5.0


def _altered(match: Match, **changes: Any) -> Rule:
    return Rule(match, "alter_request", **changes)


@requirement(
    "The sidecar MUST carry the trace of a call on to the app that is invoked and to the handler of the event that is "
    "published, and MUST begin a new trace where the caller names none or no valid one.",
    title="Trace propagation",
    block="tracing",
    vantage="sidecar",
    number=9,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    broken_by=(
        wire("a call arrives without trace", ("inbound", _altered(_INVOKED, remove_headers=("Traceparent",)))),
        wire("all calls have one trace", ("inbound", _altered(_INVOKED, set_headers=_ONE_TRACE))),
        wire("tracestate is lost", ("inbound", _altered(_INVOKED, remove_headers=("Tracestate",)))),
        wire("baggage is lost", ("inbound", _altered(_INVOKED, remove_headers=("Baggage",)))),
        wire("an event begins another trace", ("probe", _altered(_PUBLISHED, remove_headers=("traceparent",)))),
        wire("a delivery has no trace", ("inbound", _altered(_DELIVERED, remove_headers=("Traceparent",)))),
        wire(
            "an envelope has no valid trace",
            ("inbound", _altered(_DELIVERED, replace=(('"traceparent":"00-', '"traceparent":"ff-'),))),
        ),
        wire(
            "one call in fifty loses its trace",
            ("inbound", _altered(_INVOKED, remove_headers=("Traceparent",), skip=49, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar by an app that shows what arrives; many call it and publish at once."""
    context, met = trace_contexts.contexts(), trace_contexts.Met()
    calls = st.fixed_dictionaries({"context": context, "caller": st.sampled_from(("another app", "the app itself"))})
    check.for_all("an invoked app gets the trace", calls, partial(_call_goes_on, met), width=_AT_ONCE)
    events = st.fixed_dictionaries({"context": context, "bulk": st.booleans()})
    lent = topics.plain(check)

    def with_a_topic(check: Check, case: dict[str, Any]) -> None:
        with lent.one() as place:
            _event_goes_on(check, case, place, met)

    check.for_all("a handler gets the trace of the publish", events, with_a_topic, width=_AT_ONCE)


def _call_goes_on(met: Met, check: Check, case: dict[str, Any]) -> None:
    trace_contexts.refuse_no_tracing(check.target)
    access.refuse_closed_app(check.target)
    sent = trace_contexts.sent(check, case["context"])
    remote = case["caller"] == "another app"
    reply = check.invoke(through_caller=remote).call("GET", "/dc/echo/trace", headers=sent.headers)
    if _is_refused(check, sent, reply, ok=200):
        return
    arrived = [(name, value) for name, value in json.loads(reply.body)["headers"]]
    _expect_goes_on(check, met, sent, arrived, (reply,))
    if sent.baggage and header(arrived, "baggage") != sent.baggage:
        raise Violation(f"baggage {sent.baggage!r} at the app", str(header(arrived, "baggage")), calls=(reply,))
    answered = parse(reply.header("traceparent"))
    if answered is None or f"-{answered.trace_id}-" not in (header(arrived, "traceparent") or ""):
        raise Violation("the same trace in the answer", str(reply.header("traceparent")), calls=(reply,))


def _is_refused(check: Check, sent: Sent, reply: Reply, *, ok: int) -> bool:
    bad = sent.baggage == trace_contexts.BAD_BAGGAGE and check.expectations.baggage_is_read
    if reply.status != (400 if bad else ok):
        raise Violation(f"status {400 if bad else ok}", str(reply), calls=(reply,))
    return bad


def _expect_goes_on(check: Check, met: Met, sent: Sent, arrived: Headers, calls: Sequence[Reply | Exchange]) -> None:
    if sent.trace_id:
        problem = not_continued(sent.trace_id, sent.tracestate, arrived)
        if problem:
            raise Violation(f"trace {sent.trace_id} with tracestate {sent.tracestate}", problem, calls=calls)
        check.seen("a trace that went on")
        return
    found = parse(header(arrived, "traceparent"))
    if found is None or not met.is_new(found.trace_id):
        shown = header(arrived, "traceparent")
        raise Violation("a new trace where none is named", str(shown), calls=calls)
    check.seen("a trace that began")


def _published(check: Check, place: Place, marker: str, sent: Sent, *, bulk: bool) -> Reply:
    pubsub, event = check.pubsub(place.pubsubname), {"marker": marker}
    if not bulk:
        return pubsub.publish(place.topic, json.dumps(event).encode(), headers=sent.headers)
    entry = {"entryId": marker, "event": event, "contentType": "application/json"}
    target, typed = f"{_BULK}/{place.pubsubname}/{place.topic}", ("content-type", "application/json")
    return pubsub.http.call("POST", target, body=json.dumps([entry]).encode(), headers=(typed, *sent.headers))


def _event_goes_on(check: Check, case: dict[str, Any], place: Place, met: Met) -> None:
    trace_contexts.refuse_no_tracing(check.target)
    sent, marker, since = trace_contexts.sent(check, case["context"]), check.fresh("event"), check.inbound.mark()
    reply = _published(check, place, marker, sent, bulk=case["bulk"])
    if _is_refused(check, sent, reply, ok=204):
        return
    match = Match(path=place.route, body=marker, complete=True)
    delivered = check.inbound.wait(match, since=since, timeout_s=_WAIT_S)
    if not delivered:
        raise Violation("the event at its handler", f"nothing within {_WAIT_S:g} s", calls=(reply,))
    event = json.loads(delivered[0].request_body)
    seen = (reply, delivered[0])
    envelope = [(name, event[name]) for name in ("traceparent", "tracestate") if event.get(name)]
    _expect_goes_on(check, met, sent, envelope, seen)
    own = parse(header(envelope, "traceparent"))
    problem = not_continued(own.trace_id if own else "", None, delivered[0].request_headers)
    if problem:
        raise Violation("the trace of the envelope in the headers of the delivery", problem, calls=seen)


@requirement(
    "Each call of the app to its sidecar that a request or an event causes MUST carry its trace and tracestate, also "
    "from other threads, behind the answer and beside others; traces MUST NOT be mixed.",
    title="Trace propagation",
    block="tracing",
    vantage="app",
    number=9,
    source=SOURCE,
    broken_by=(
        seam("drops_trace"),
        seam("drops_trace", every=20, verdict="flaky"),
        seam("drops_trace", path="/v1.0/publish/.*"),
        seam("starts_new_trace"),
        seam("loses_tracestate"),
        seam("shouts_trace"),
        seam("zero_trace"),
        seam("one_trace_for_all", verdict="flaky"),
        seam("trace_lost_in_pool"),
        seam("trace_lost_in_background"),
        wire(
            "what is saved has lost its trace",
            ("outbound", _altered(Match(method="POST", path="/v1.0/state/.*"), remove_headers=("traceparent",))),
        ),
    ),
)
def app(check: Check) -> None:
    """Judge the app by all that is known to make it call its sidecar: alone, then many at once."""
    tracing = Tracing(check)
    single = st.deferred(lambda: tracing.stimuli())  # noqa: PLW0108 - Hypothesis takes functions only
    check.for_all("what is caused carries its trace", single, lambda _, case: tracing.alone(case), trigger=CAUSED)
    several = st.lists(single, min_size=_AT_ONCE, max_size=_AT_ONCE + 4)
    check.for_all("traces are not mixed", several, lambda _, cases: tracing.beside(cases), share=0.12, trigger=BESIDE)
