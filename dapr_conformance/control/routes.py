"""Which part of the control app answers a request: the first that says it is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dapr_conformance.control.bulk import Bulk
from dapr_conformance.control.dapr_http import Dapr
from dapr_conformance.control.effects import Effects
from dapr_conformance.control.entity import Entity
from dapr_conformance.control.events import Events
from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer
from dapr_conformance.control.health import Health
from dapr_conformance.control.instructions import Instructions
from dapr_conformance.control.invocation import Invocation
from dapr_conformance.control.memory_state import MemoryState
from dapr_conformance.control.records import Records
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.control.state import State


class Routes:
    """Builds the parts of the control app from its spec and leads each request to one of them."""

    def __init__(self, spec: ControlSpec, seams: Seams, dapr: Dapr) -> None:
        self._spec = spec
        self._dapr = dapr
        self._seams = seams
        self._states: dict[str | None, State] = {}
        records = self._records()
        handled = self._state(spec.state_component)
        self._effects = Effects(dapr, self._state, handled, records, seams)
        self._events = Events(spec.event_routes, seams, self._effects, handled)
        self._entity = Entity(spec.entity, seams, self._record_state(), records) if spec.entity else None
        self._bulk = None
        if spec.bulk and spec.entity and self._entity:
            self._bulk = Bulk(spec.bulk, seams, records[spec.entity.get.path], self._entity)
        self._instructions = Instructions()
        self._health = Health(spec.health, seams, dapr)
        self._invocation = Invocation(spec, seams)
        self._subscriptions_answer = seams.through("subscriptions_answer", list)
        self._afterwards = seams.through("afterwards", _nothing)
        self.answer = seams.through("answer", self._answer)

    def _answer(self, request: Request) -> Answer:
        self._dapr.continue_trace(request)
        try:
            answers = (handler(request) for handler in self._handlers(request))
            found = next((answer for answer in answers if answer is not None), None)
            if found is not None and request.method != "GET":
                self._afterwards(self._look)
            return found or self._invocation.answer(request)
        except UnicodeDecodeError:
            return text_answer(400, "the path is not percent-encoded UTF-8")

    def _handlers(self, request: Request) -> tuple[Callable[[Request], Answer | None], ...]:
        # An app may take orders and events at one path; what daprd delivers is told by its content type.
        delivered = (request.header("Content-Type") or "").startswith("application/cloudevents")
        first, second = (self._events.answer, self._shown) if delivered else (self._shown, self._events.answer)
        return (self._instructions.answer, self._own, first, second)

    def _own(self, request: Request) -> Answer | None:
        if request.method not in ("GET", "HEAD"):
            return None
        if request.path == "/dapr/subscribe":
            return json_answer(self._subscriptions_answer(self._spec.subscriptions))
        if request.path == "/dapr/config":
            return json_answer({})
        return self._health.answer(request)

    def _shown(self, request: Request) -> Answer | None:
        as_get = replace(request, method="GET") if request.method == "HEAD" else request
        bulk = self._bulk.answer(as_get) if self._bulk else None  # before the list, whose path may be the same
        answer = bulk or (self._entity.answer(as_get) if self._entity else None)
        return answer or self._effects.answer(as_get)

    def _look(self) -> None:
        self._state(self._spec.state_component).load("last-seen")

    def _state(self, component: str | None) -> State:
        if component not in self._states:
            state = State(self._dapr, self._seams, component) if component else MemoryState(self._dapr, self._seams)
            self._states[component] = state
        return self._states[component]

    def _record_state(self) -> State:
        entity = self._spec.entity
        return self._state(entity.component if entity else self._spec.state_component)

    def _records(self) -> dict[str, Records]:
        entity = (self._spec.entity.get.path,) if self._spec.entity else ()
        topics = [topic for route in self._spec.event_routes for topic in route.topics]
        shown = {path for topic in topics for path in (topic.effect_get, topic.echo and topic.echo.get) if path}
        others = sorted(shown.difference(entity))
        kinds = {**dict.fromkeys(entity, "record"), **{path: f"effect{n}" for n, path in enumerate(others)}}
        return {path: Records(self._record_state(), self._seams, kind) for path, kind in kinds.items()}


def _nothing(_look: Callable[[], None]) -> None:
    return
