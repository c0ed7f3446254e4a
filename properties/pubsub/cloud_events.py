"""Property 1, CloudEvents round trip: what is published is what is understood at the other end."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Violation, requirement, seam, wire
from dapr_conformance.checkers import cloud_event, publication, wrapping
from dapr_conformance.checkers.delivery_answer import SUCCESS
from dapr_conformance.checkers.json_value import equal
from dapr_conformance.probes import (
    dead_letters,
    envelopes,
    events,
    handlers,
    publications,
    requests,
    topics,
    understanding,
)
from dapr_conformance.probes.strategies import json_values

if TYPE_CHECKING:
    from dapr_conformance import Check, Exchange
    from dapr_conformance.probes.topics import Lent, Place

SOURCE = "CloudEvents 1.0.2; Dapr docs: developing-applications/building-blocks/pubsub/pubsub-cloudevents"
_PUBLISHED = Match(method="POST", path=r"/v1\.0/publish/.*")
_RAW = Match(method="POST", path=r"/v1\.0/publish/.*rawPayload.*")
_DELIVERY = Match(method="POST", path=r"/dc/deliver/.*")
_DEFAULTS = {"source": "Dapr", "type": "com.dapr.event.sent", "specversion": "1.0"}
_REPLACED = ("topic", "pubsubname")


def _altered(old: str, new: str, **limits: int) -> tuple[str, Rule]:
    return "inbound", Rule(_DELIVERY, "alter_request", replace=((old, new),), **limits)


@requirement(
    "What is published MUST be delivered as a valid CloudEvent whose data equals what went in.",
    title="CloudEvents round trip",
    block="pubsub",
    vantage="sidecar",
    number=1,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    needs=("pubsub",),
    broken_by=(
        wire("a raw payload is accepted and lost", ("probe", Rule(_RAW, "fail", status=204))),
        wire(
            "the content type is lost", ("probe", Rule(_PUBLISHED, "alter_request", remove_headers=("Content-Type",)))
        ),
        wire("bytes are delivered as text", _altered('"data_base64"', '"data"')),
        wire("an integer loses its last digit", _altered("9007199254740993", "9007199254740992")),
        wire("characters beyond ASCII are lost", _altered("日本語", "???")),
        wire("an extension is lost", _altered('"dcext":', '"dropped":')),
        wire("an event has no id", _altered('"id":', '"key":')),
        wire(
            "the delivery is no CloudEvent to its reader",
            ("inbound", Rule(_DELIVERY, "alter_request", set_headers=(("Content-Type", "application/json"),))),
        ),
        wire(
            "one event in twenty is of another type",
            _altered('"type":"', '"type":"x', skip=19, limit=1),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar: a control app takes what is published through it."""
    plain, raw = topics.plain(check), topics.raw(check)
    wrapped, kept, packed = (
        partial(_on_a_topic, *each) for each in ((plain, _is_wrapped), (plain, _is_kept), (raw, _is_packed))
    )
    check.for_all("a payload is wrapped", publications.payloads(), wrapped, width=plain.width)
    check.for_all("an envelope is kept", publications.envelopes(), kept, width=plain.width)
    check.for_all("a raw payload is packed", publications.raw_payloads(), packed, width=raw.width, share=0.5)


def _on_a_topic(lent: Lent[Place], judge: Any, check: Check, case: dict[str, Any]) -> None:
    with lent.one() as place:
        judge(check, case, place)
    check.seen("an event delivered")


def _is_wrapped(check: Check, case: dict[str, Any], place: Place) -> None:
    body, kind, metadata = publications.body_of(case), case["content_type"], case["metadata"]
    headers = tuple((name, value) for name, value in case["headers"])
    delivery = publications.arrived(check, place, body, kind, metadata=metadata, headers=headers)
    event = publications.delivered_event(delivery)
    wanted = {
        **_DEFAULTS,
        "source": check.target.app_id,
        "topic": place.topic,
        "pubsubname": place.pubsubname,
        "datacontenttype": kind or "text/plain",
        **publications.overridden(metadata),
    }
    _expect(delivery, wanted, event)
    different = wrapping.difference(wrapping.wrapped(kind, body), event)
    if different:
        raise Violation(f"the data that was published as {kind}: {body!r}", different, calls=(delivery,))


def _is_kept(check: Check, case: dict[str, Any], place: Place) -> None:
    sent = case["event"]
    body = json.dumps(sent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    delivery = publications.arrived(check, place, body, case["content_type"])
    wanted = {**_DEFAULTS, **sent, "topic": place.topic, "pubsubname": place.pubsubname}
    # daprd adds no id to an event that came without; whoever consumes it cannot tell it from others.
    _expect(delivery, wanted, publications.delivered_event(delivery), without=() if "id" in sent else ("id",))


def _is_packed(check: Check, case: dict[str, Any], place: Place) -> None:
    body = publications.body_of(case)
    metadata = {"rawPayload": "true"} if case["raw"] else {}
    delivery = publications.arrived(check, place, body, "application/octet-stream", metadata=metadata)
    event = publications.delivered_event(delivery)
    _expect(delivery, {**_DEFAULTS, "topic": place.topic, "datacontenttype": "application/octet-stream"}, event)
    inner = event if case["raw"] else json.loads(cloud_event.decoded(event.get("data_base64")) or b"{}")
    different = wrapping.difference({"bytes": body}, inner)
    if different:
        raise Violation(f"the bytes that were published: {body!r}", different, calls=(delivery,))


def _expect(delivery: Exchange, wanted: dict[str, Any], event: dict[str, Any], without: tuple[str, ...] = ()) -> None:
    problem = cloud_event.problem(event, without=without)
    if problem:
        raise Violation("a valid CloudEvent 1.0", problem, calls=(delivery,))
    wrong = [f"{name} is {event.get(name)!r}" for name in wanted if not equal(wanted[name], event.get(name))]
    if wrong:
        raise Violation(f"the attributes {json.dumps(wanted)[:500]}", "; ".join(wrong), calls=(delivery,))


@requirement(
    "The app MUST take every legal form of an event, understand the data that was sent, and publish only what is a "
    "valid CloudEvent once it is wrapped, with the content type that its payload has.",
    title="CloudEvents round trip",
    block="pubsub",
    vantage="app",
    number=1,
    source=SOURCE,
    needs=("pubsub",),
    broken_by=(
        seam("ignores_base64"),
        seam("rejects_extensions"),
        seam("needs_time"),
        seam("strict_content_type"),
        seam("ascii_data", only="non_ascii"),
        seam("float_integers"),
        seam("falsy_is_missing"),
        seam("double_decodes"),
        seam("stale_body"),
        seam("publishes_text_of_json"),
        seam("publishes_envelope_as_data"),
        seam("publishes_without_type"),
        seam("publishes_bytes_as_text", every=20, verdict="flaky"),
        seam("publishes_without_id"),
    ),
)
def app(check: Check) -> None:
    """Judge the app by the forms of an event, by what it publishes, then by what its manifest says that it shows."""
    forms = envelopes.forms()
    routes = st.deferred(lambda: st.sampled_from([route.path for route in events.routes(check)]))
    cases = st.fixed_dictionaries({"route": routes, "data": json_values(), "form": forms})
    check.for_all("every form is taken alike", cases, _form_is_taken, width=4)
    check.for_all(
        "declared data is taken in every form", understanding.valid(check), _valid_is_taken, width=8, share=0.3
    )
    check.for_all("what was sent is understood", understanding.echoed(check), _is_understood, width=8, share=0.5)
    rows = st.fixed_dictionaries({"events": st.integers(2, 5)})
    check.for_all("events on one connection are kept apart", rows, _are_kept_apart, share=0.05)
    published, fired = understanding.publishing(check), understanding.PUBLISHED
    check.for_all("what it publishes is valid", published, _published_is_valid, width=4, share=0.5, trigger=fired)


def _form_is_taken(check: Check, case: dict[str, Any]) -> None:
    route = events.route_at(check, case["route"])
    plain, other = (envelopes.delivered(check, route, case["data"], form) for form in ({}, case["form"]))
    if _kind(plain) != _kind(other):  # what only the second one of two equal events meets is not of the form
        plain = envelopes.delivered(check, route, case["data"], {})
    check.seen("a form compared with the plain one")
    if _kind(plain) != _kind(other):
        expected = f"the answer that the plain form gets: {requests.said(plain)}"
        raise Violation(expected, requests.said(other), calls=(plain, other), warned=case["form"]["base64"])


def _kind(answer: Exchange) -> str:
    return "no answer" if answer.status is None else handlers.kind_of(answer)


def _valid_is_taken(check: Check, case: dict[str, Any]) -> None:
    route, identifier = events.route_at(check, case["route"]), events.identifier(check)
    events.prepare(check, [route], identifier)
    answer = envelopes.delivered(check, route, events.sample(route, "valid", identifier), case["form"])
    check.seen("a valid event delivered")
    if handlers.kind_of(answer) != SUCCESS:
        raise Violation("SUCCESS for the declared valid event in this form", requests.said(answer), calls=(answer,))


def _is_understood(check: Check, case: dict[str, Any]) -> None:
    route, identifier = events.route_at(check, case["route"]), events.identifier(check)
    events.prepare(check, [route], identifier)
    data = requests.filled(case["data"], identifier)
    answer = envelopes.delivered(check, route, data, case["form"])
    if handlers.kind_of(answer) != SUCCESS:
        raise Violation("SUCCESS for data that the declared schema allows", requests.said(answer), calls=(answer,))
    wrong = understanding.difference(check, route, identifier, data)
    check.seen("data that was shown")
    if wrong:
        raise Violation(f"the data that was sent: {json.dumps(data)}", wrong, calls=(answer,))


def _are_kept_apart(check: Check, case: dict[str, Any]) -> None:
    route = events.declaring(check, "valid", "effect")[0]
    topic = route.subscription
    dead_letters.refuse_unpublishable(check, topic.pubsubname, topic.topic)
    names, since = [events.identifier(check) for _ in range(case["events"])], check.inbound.mark()
    for name in names:
        events.prepare(check, [route], name)
        dead_letters.publish(check, topic.pubsubname, topic.topic, name, events.sample(route, "valid", name))
    came = Match(method="POST", path=route.path, complete=True)
    deliveries = check.inbound.wait(came, len(names), since=since, timeout_s=publications.ARRIVAL_S)
    check.seen("an event that followed another one on its connection", len(deliveries) - 1)
    lost = [name for name in names if events.effect_count(check, route, name) != 1]
    if lost:
        expected = f"the effect of each of {len(names)} events once"
        raise Violation(expected, f"{len(lost)} are without, such as {lost[0]}", calls=deliveries)


def _published_is_valid(check: Check, case: dict[str, Any]) -> None:
    for call in understanding.published(check, case):
        wrong = (
            ""
            if publication.is_raw(call.target)
            else publication.problem(call.request_header("content-type"), call.request_body)
        )
        if wrong:
            raise Violation(
                "a valid CloudEvent with the content type of its payload", f"{wrong}: {_sent(call)}", calls=(call,)
            )


def _sent(call: Exchange) -> str:
    return f"{call.request_header('content-type')} {call.request_body[:200].decode('utf-8', 'replace')}"
