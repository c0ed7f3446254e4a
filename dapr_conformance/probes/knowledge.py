"""What a run learned about the target on the wire: its subscriptions, its answers and the calls it makes.

From these the control app is generated, so that it can take the target's place for the same input.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dapr_conformance.control.spec import OutgoingCall, RecordedAnswer
from dapr_conformance.environment.start import Environment
from dapr_conformance.target.model import Subscription, Target
from dapr_conformance.target.wire_subscriptions import parse
from dapr_conformance.warden.protocol import Exchange

_MAX_ANSWERS = 200
_DAPR_ROUTES = re.compile(r"^/(dapr/|actors/|job/)")
_CALL = re.compile(r"^/v1\.0(?:-alpha1)?/(state|publish|secrets|invoke|bindings)/([^/?]+)(?:/([^?]*))?")


@dataclass(frozen=True)
class Knowledge:
    """What is known of a target that has run."""

    subscriptions: tuple[Subscription, ...] = ()
    answers: tuple[RecordedAnswer, ...] = ()
    effects: Mapping[str, tuple[OutgoingCall, ...]] = field(default_factory=dict)


def learn(environment: Environment) -> Knowledge:
    """Read the recorders of a running target."""
    unit = environment.unit
    if unit.inbound is None:
        return Knowledge()
    inbound = environment.warden.exchanges(unit.inbound, None)
    calls = (call for name in (unit.outbound_http, unit.outbound_grpc) for call in environment.warden.exchanges(name))
    outbound = sorted(calls, key=lambda call: call.started_ns)
    answered = _answered(environment)
    subscriptions = (*environment.target.subscriptions, *answered)
    routes = {route for subscription in subscriptions for route in subscription.routes}
    places = {route: re.escape(route) for route in routes} | _entity_places(environment.target)
    return Knowledge(
        subscriptions=answered,
        answers=tuple(_answers(inbound, routes)),
        effects={name: _effects(place, inbound, outbound) for name, place in sorted(places.items())},
    )


def _entity_places(target: Target) -> dict[str, str]:
    """Give the declared save of an entity under the name by which the control app knows it."""
    entity = target.manifest.entity
    if entity is None:
        return {}
    pattern = re.escape(entity.save.path).replace(r"\{id\}", "[^/?]+")
    return {f"{entity.save.method} {entity.save.path}": pattern}


def _answers(inbound: Iterable[Exchange], routes: set[str]) -> list[RecordedAnswer]:
    plain = [e for e in inbound if e.status is not None and not e.injected and not e.rules]
    invoked = [e for e in plain if e.target not in routes and not _DAPR_ROUTES.match(e.target)]
    newest: dict[tuple[str, str], RecordedAnswer] = {}
    for e in invoked[-_MAX_ANSWERS:]:
        newest[e.method, e.target] = RecordedAnswer(
            e.method, e.target, e.status or 0, e.response_headers, e.response_body
        )
    return list(newest.values())


def _effects(place: str, inbound: Sequence[Exchange], outbound: Sequence[Exchange]) -> tuple[OutgoingCall, ...]:
    """Give the kinds of calls that the app made while it handled requests to targets that match `place`."""
    starts = [call.started_ns for call in outbound]
    calls: dict[tuple[str, str, str], OutgoingCall] = {}
    for handled in (e for e in inbound if e.ended_ns is not None and re.fullmatch(place, e.target)):
        first = bisect.bisect_left(starts, handled.started_ns)
        last = bisect.bisect_right(starts, handled.ended_ns or 0)
        for call in outbound[first:last]:
            _note(call, calls)
    return tuple(calls.values())


def _note(call: Exchange, calls: dict[tuple[str, str, str], OutgoingCall]) -> None:
    found = _CALL.match(call.target)
    if found is None and call.grpc_method:  # the control app cannot make it, and the report has to say so
        calls.setdefault(("gRPC", call.grpc_method, ""), OutgoingCall("", "", "gRPC", call.grpc_method))
    if found is None:
        return
    block, component, rest = found.group(1), found.group(2), found.group(3) or ""
    topic = rest if block == "publish" else ""
    calls.setdefault(
        (block, component, call.method + topic),
        OutgoingCall(block, component, call.method, call.target, call.request_body),
    )


def subscriptions_of(environment: Environment) -> tuple[Subscription, ...]:
    """Give every subscription of the running target, from its files and from its own answer, that daprd starts."""
    app_id = environment.target.app_id
    own = tuple(s for s in environment.target.subscriptions if s.visible_to(app_id))
    return (*own, *_answered(environment))


def _answered(environment: Environment) -> tuple[Subscription, ...]:
    answer = environment.subscribe_answer
    return tuple(parse(answer.response_body).subscriptions) if answer is not None and answer.status == 200 else ()
