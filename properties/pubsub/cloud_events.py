"""Property 1, CloudEvents round trip: what is published is what is understood at the other end."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from dapr_conformance import Arena, Match, Rule, Violation, requirement, wire
from dapr_conformance.checkers import cloud_event, wrapping
from dapr_conformance.checkers.json_value import equal
from dapr_conformance.probes import publications, topics

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
