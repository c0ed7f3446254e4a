"""Everything that is known to be sent to an app, by its own word or by its manifest, each sent with a trace.

An input is an event of a subscribed route, a request of the declared entity, or a known route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers.declared_route import PLACEHOLDER
from dapr_conformance.checkers.trace_context import header
from dapr_conformance.probes import events, invocation, requests
from dapr_conformance.probes.events import EventRoute
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.probes.schema_values import values
from dapr_conformance.target.model import Request, Route
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

INPUTS_LINE = "topics.<topic>: {valid: ...}, state.entity: {...} or invoke.routes: [...] in dapr-conformance.yaml"
Headers = tuple[tuple[str, str], ...]
_SENDING_S = 30.0


def _nothing(_identifier: str, _headers: Headers) -> None:
    return


@dataclass(frozen=True)
class Input:
    """One thing to be sent: `send(identifier, body, headers)` after `prepare(identifier, headers)`."""

    name: str
    send: Callable[[str, Any, Headers], Exchange]
    prepare: Callable[[str, Headers], None] = _nothing
    bodies: SearchStrategy[Any] = field(default_factory=st.none)
    has_body: bool = False

    @cached_property
    def simplest(self) -> Any:
        """Give the simplest body, None for an input without one."""
        if not self.has_body:
            return None
        # The first one that Hypothesis makes is the simplest: there is nothing to shrink.
        settings = hypothesis.settings(
            database=None, max_examples=1, deadline=None, phases=(hypothesis.Phase.generate,)
        )
        return hypothesis.find(self.bodies, lambda _: True, settings=settings)


def known(check: Check) -> Iterator[Input]:
    """Give the inputs of the running app, those that are declared best first; each method and path once."""
    seen: set[tuple[str, str]] = set()
    for place, each in (*_of_entity(check), *_of_events(check), *_of_routes(check)):
        if place not in seen:
            seen.add(place)
            yield each


Placed = tuple[tuple[str, str], Input]


def _of_entity(check: Check) -> Iterator[Placed]:
    entity = check.target.manifest.entity
    if entity is None:
        return
    for request in (entity.save, entity.get, entity.list, entity.delete):
        if request is not None:
            schema = entity.body_schema if request is entity.save else None
            yield _place(request.method, request.path), _of_request(check, request, schema)


def _of_request(check: Check, request: Request, schema: Mapping[str, Any] | None) -> Input:
    def send(identifier: str, body: Any, headers: Headers) -> Exchange:
        return requests.send(check, request, identifier, body=body, headers=headers, timeout_s=_SENDING_S)

    name = f"{request.method} {request.path}"
    return Input(name, send) if schema is None else Input(name, send, bodies=values(schema), has_body=True)


def _of_events(check: Check) -> Iterator[Placed]:
    try:
        found = events.routes(check)
    except Unsupported:
        return
    for route in found:
        yield ("EVENT", f"{route.path} {route.subscription.topic}"), _of_event(check, route)


def _of_event(check: Check, route: EventRoute) -> Input:
    declared = route.declares("valid")

    def prepare(identifier: str, headers: Headers) -> None:
        events.prepare(check, [route] if declared else [], identifier, headers)

    def send(identifier: str, _body: Any, headers: Headers) -> Exchange:
        # A handler that takes whatever comes, as most of dead letters do, works on any object.
        data = events.sample(route, "valid", identifier) if declared else {"id": identifier}
        parent, state = header(headers, "traceparent"), header(headers, "tracestate")
        # daprd gives the tracestate of an event in its envelope only.
        traced: dict[str, Any] = {"traceid": parent, "traceparent": parent, "tracestate": state or ""}
        event = events.envelope(check, route, data, **(traced if parent else {}))
        alone = tuple((name, value) for name, value in headers if name == "traceparent")
        return events.deliver(check, route, event, headers=alone)

    return Input(f"event {route.subscription.topic} {route.path}", send, prepare)


def _of_routes(check: Check) -> Iterator[Placed]:
    for route in invocation.known_routes(check):
        yield _place(route.method, route.path), _of_route(check, route)


def _of_route(check: Check, route: Route) -> Input:
    def send(identifier: str, _body: Any, headers: Headers) -> Exchange:
        path, sent = invocation.filled(route.path, identifier), (*invocation.typed(route), *headers)
        return invocation.direct(check, route.method, path, sent, invocation.body(route))

    return Input(f"{route.method} {route.path}", send)


def _place(method: str, path: str) -> tuple[str, str]:
    return method, PLACEHOLDER.sub("{}", path)
