"""The control app's spec from the Target and from what the recorders saw: pure, without any I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dapr_conformance.control.event_routes import event_routes
from dapr_conformance.control.spec import (
    BulkRoutes,
    ControlSpec,
    EntityRoutes,
    Headers,
    HealthRoutes,
    InvocationRoute,
    OutgoingCall,
    PlantedFault,
    RecordedAnswer,
    RequestTemplate,
)
from dapr_conformance.control.subscriptions import subscriptions_answer
from dapr_conformance.target.model import Manifest, Request, Subscription, Target

Effects = Mapping[str, Sequence[OutgoingCall]]

_NOT_FOUND = 404
_JSON = (("Content-Type", "application/json"),)
# Framing and connection belong to the control app's own answer (RFC 9110, section 7.6.1).
_OWN_HEADERS = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})


def generate(
    target: Target,
    *,
    wire_subscriptions: tuple[Subscription, ...],
    answers: Sequence[RecordedAnswer] = (),
    effects: Effects | None = None,
    extra_subscriptions: Sequence[Subscription] = (),
    faults: Sequence[PlantedFault] = (),
) -> ControlSpec:
    """Give the known-good app that stands in for the target.

    Args:
        target: the app under test; routes of its Subscription files are served, their subscriptions come by file.
        wire_subscriptions: what the control app answers to `/dapr/subscribe`: what the target answered there.
        answers: what the target was recorded to answer, replayed as it is. An answer to `GET /dapr/subscribe`
            is used instead of `wire_subscriptions` (it still has the rules of routes); the first one with status
            404 becomes the answer of every unknown route.
        effects: the calls that the target was seen to make, by the route of the event that caused them; those of
            the entity's save by its method and path as in `POST /orders/{id}` (they name the state component).
        extra_subscriptions: further subscriptions, such as those to `/dc/deliver/N`.
        faults: what is planted, by names of `faults.FAULTS` and `faults.VARIANTS`.

    """
    manifest = target.manifest
    seen = effects or {}
    calls = {route: [call for call in made if _is_replayable(call)] for route, made in seen.items()}
    from_files = tuple(each for each in target.subscriptions if each.visible_to(target.app_id))
    subscriptions = (*wire_subscriptions, *from_files, *extra_subscriptions)
    return ControlSpec(
        subscriptions=subscriptions_answer(answers, wire_subscriptions, extra_subscriptions),
        event_routes=event_routes(subscriptions, manifest, calls),
        entity=_entity(manifest, seen, target),
        bulk=_bulk(manifest),
        invocation_routes=_invocation_routes(manifest),
        answers=tuple(_without_framing(answer) for answer in answers),
        unknown_route=_unknown_route(answers),
        health=_health(target),
        state_component=_state_component(seen.values(), target),
        faults=tuple(faults),
    )


def _is_replayable(call: OutgoingCall) -> bool:
    return call.path.startswith("/v1.0")


def not_replayed(effects: Effects) -> tuple[str, ...]:
    """Name the calls that the target was seen to make and the control app cannot make, such as those over gRPC."""
    return tuple(
        f"{route}: {call.method} {call.path}"
        for route, made in effects.items()
        for call in made
        if not _is_replayable(call)
    )


def _entity(manifest: Manifest, effects: Effects, target: Target) -> EntityRoutes | None:
    entity = manifest.entity
    if entity is None:
        return None
    of_save = effects.get(f"{entity.save.method} {entity.save.path}", ())
    return EntityRoutes(
        component=_state_component([of_save, *effects.values()], target),
        save=_template(entity.save),
        get=_template(entity.get),
        list=_template(entity.list) if entity.list else None,
        delete=_template(entity.delete) if entity.delete else None,
        conditional_header=entity.conditional_header,
    )


def _bulk(manifest: Manifest) -> BulkRoutes | None:
    bulk = manifest.bulk
    if bulk is None or manifest.entity is None:
        return None
    get, save = (_template(request) if request else None for request in (bulk.get, bulk.save))
    return BulkRoutes(get, save, bulk.id_field, bulk.records)


def _template(request: Request) -> RequestTemplate:
    return RequestTemplate(request.method, request.path, request.body)


def _state_component(calls: Iterable[Sequence[OutgoingCall]], target: Target) -> str | None:
    # What the target uses counts even where its scopes forbid it: the control app must meet the same refusal.
    used = (call.component for made in calls for call in made if call.block == "state")
    visible = (component.name for component in target.components_of("state"))
    return next(used, None) or next(visible, None)


def _invocation_routes(manifest: Manifest) -> tuple[InvocationRoute, ...]:
    declared = [(route.method, route.path, route.echo) for route in manifest.routes]
    given = [(request.method, request.path, False) for topic in manifest.topics.values() for request in topic.given]
    return tuple(
        InvocationRoute(method, path, headers=_JSON, body=b"{}", echo=echo)
        for method, path, echo in (*declared, *given)
    )


def _without_framing(answer: RecordedAnswer) -> RecordedAnswer:
    headers: Headers = tuple(each for each in answer.headers if each[0].lower() not in _OWN_HEADERS)
    return replace(answer, headers=headers)


def _unknown_route(answers: Sequence[RecordedAnswer]) -> RecordedAnswer:
    unknown = next((each for each in answers if each.status == _NOT_FOUND), RecordedAnswer("GET", "/", _NOT_FOUND))
    return _without_framing(unknown)


def _health(target: Target) -> HealthRoutes:
    health = target.manifest.health
    probed = (target.app.health_check_path, health.live)
    return HealthRoutes(
        live=("/healthz", "/health", *("/" + path.lstrip("/") for path in probed if path)),
        ready=("/readyz", "/ready", *([health.ready] if health.ready else [])),
        critical=tuple((c.block, c.name) for c in target.components if c.name in health.critical),
    )
