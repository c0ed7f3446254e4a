"""The routes that daprd delivers to, by Dapr's contract for answers (docs: reference/api/pubsub_api)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dapr_conformance.control.cloud_event import Event, read_bulk, read_event
from dapr_conformance.control.effects import Effects, park
from dapr_conformance.control.exchange import Answer, Request, json_answer
from dapr_conformance.control.locks import Locks
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import EventRoute, TopicBehaviour
from dapr_conformance.control.state import State
from dapr_conformance.control.template import find_id, has_id, has_shape

SUCCESS = "SUCCESS"
RETRY = "RETRY"
DROP = "DROP"


class Events:
    """Answers deliveries: a good event SUCCESS once its effects are there, a poison one DROP, else RETRY."""

    def __init__(self, routes: Sequence[EventRoute], seams: Seams, effects: Effects, parking: State) -> None:
        self._routes = {"/" + route.route.lstrip("/"): route for route in routes}
        self._effects = effects
        self._parking = parking
        self._locks = Locks()
        self._read_event = seams.through("read_event", read_event)
        self._on_event = seams.through("on_event", self._judge)
        self._on_poison = seams.through("on_poison", _drop)
        self._on_failure = seams.through("on_failure", _retry)
        self._once = seams.through("once", self._apply_once)
        self._effect_outcome = seams.through("effect_outcome", bool)
        self._dead_letter_answer = seams.through("dead_letter_answer", _accept)
        self._answer_of_event = seams.through("answer_of_event", answer_of_event)

    def answer(self, request: Request) -> Answer | None:
        """Answer a delivery; None for a request that is none."""
        route = self._routes.get(request.path) if request.method == "POST" else None
        if route is None:
            return None
        entries = read_bulk(request.body)
        if entries is None:
            return self._answer_of_event(self._on_event(route, self._read_event(request.body), request.body))
        statuses = [{"entryId": entry, "status": self._on_event(route, event, raw)} for entry, event, raw in entries]
        return json_answer({"statuses": statuses})

    def _judge(self, route: EventRoute, event: Event | None, raw: bytes) -> str:
        topic = _topic_of(route, event)
        if route.dead_letter:
            return self._judge_dead_letter(route, event)
        if event is None or _is_poison(topic, event):
            return self._on_poison(raw, lambda envelope: park(self._parking, envelope))
        if _is_declared(topic, "failing", event):
            return self._on_failure()
        return self._apply(route, topic, event)

    def _judge_dead_letter(self, route: EventRoute, event: Event | None) -> str:
        # Its topic is still the original one: only the route tells that it is a dead letter.
        if self._apply(route, TopicBehaviour(""), event or Event()) == SUCCESS:
            return self._dead_letter_answer([topic.topic for topic in route.topics], event)
        return self._on_failure()

    def _apply(self, route: EventRoute, topic: TopicBehaviour, event: Event) -> str:
        def apply(identity: str | None) -> bool:
            return self._effects.apply(route, topic, event, identity)

        done = self._effect_outcome(self._once(event.identity, apply))
        return SUCCESS if done else self._on_failure()

    def _apply_once(self, identity: str | None, apply: Callable[[str | None], bool]) -> bool:
        if identity is None:
            return apply(None)
        with self._locks.of(identity):
            return apply(identity)


def answer_of_event(word: str) -> Answer:
    """Give the answer for one of Dapr's status words; a number stands for a bare HTTP status."""
    return Answer(int(word)) if word.isdigit() else json_answer({"status": word})


def _topic_of(route: EventRoute, event: Event | None) -> TopicBehaviour:
    if event is None or len(route.topics) == 1:
        return next(iter(route.topics), TopicBehaviour(""))
    pubsubs = (None, event.text("pubsubname"))
    named = (each for each in route.topics if each.topic == event.text("topic") and each.pubsubname in pubsubs)
    return next(named, TopicBehaviour(""))


def _is_declared(topic: TopicBehaviour, name: str, event: Event) -> bool:
    return name in topic.examples and has_shape(topic.examples[name], event.data)


def _is_poison(topic: TopicBehaviour, event: Event) -> bool:
    if _is_declared(topic, "invalid", event):
        return True
    valid: Any = topic.examples.get("valid", {"any": "object"})
    if type(event.data) is not type(valid) or (valid and not event.data):
        return True
    return topic.effect_get is not None and has_id(valid) and find_id(valid, event.data) is None


def _drop(_raw: bytes, _park: Callable[[bytes], bool]) -> str:
    return DROP


def _retry() -> str:
    return RETRY


def _accept(_topics: Sequence[str], _event: Event | None) -> str:
    return SUCCESS
