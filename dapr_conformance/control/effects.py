"""What a good event does: it shows in a record, and the calls that the target was seen to make are made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from dapr_conformance.control.cloud_event import Event, read_json
from dapr_conformance.control.dapr_http import Dapr
from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer
from dapr_conformance.control.json_pointer import add_at, set_at, value_at
from dapr_conformance.control.records import Records, state_key
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import EventRoute, OutgoingCall, TopicBehaviour
from dapr_conformance.control.state import Outcome, State
from dapr_conformance.control.template import find_id, match_path

_JSON = "application/json"


class Effects:
    """Carries out effects; `records` are by the path that shows them, `handled` remembers whose calls are made."""

    def __init__(
        self,
        dapr: Dapr,
        states: Callable[[str | None], State],
        handled: State,
        records: Mapping[str, Records],
        seams: Seams,
    ) -> None:
        self._dapr = dapr
        self._states = states
        self._handled = handled
        self._published = seams.through("published", _as_it_is)
        self._records = records

    def answer(self, request: Request) -> Answer | None:
        """Show the record of an effect; None for any other route."""
        for path, records in self._records.items():
            values = match_path(path, request) if request.method == "GET" else None
            if values is not None:
                return _record_answer(records, values.get("id", ""))
        return None

    def apply(self, route: EventRoute, topic: TopicBehaviour, event: Event, identity: str | None) -> bool:
        """Carry out everything an event means, unless it was before; tell whether all of it is there now."""
        if not self._add_to_record(topic, event, identity):
            return False
        return not route.calls or self._make_calls(route, event, identity)

    def _add_to_record(self, topic: TopicBehaviour, event: Event, identity: str | None) -> bool:
        identifier = find_id(topic.examples.get("valid"), event.data) or ""
        echo, shows = topic.echo, _shown(topic, event)
        shown_there = echo is not None and echo.get == topic.effect_get

        def change(record: Any) -> Any:
            counted = add_at(record, topic.effect_count, {"event": identity})
            return shows(counted) if shown_there else counted

        if topic.effect_get and not self._records[topic.effect_get].add_event(identifier, change, identity):
            return False
        if echo is None or shown_there:
            return True
        if echo.get:
            return self._records[echo.get].add_event(identifier, shows, identity)
        state, key = (
            self._states(echo.store) if echo.store else self._handled,
            str(echo.key).replace("{id}", identifier),
        )
        return state.change(key, shows) is Outcome.SAVED

    def _make_calls(self, route: EventRoute, event: Event, identity: str | None) -> bool:
        marker = f"handled-{state_key(f'{route.route} {identity}')}"
        seen = self._handled.load(marker)
        if seen.failed or (seen.found and identity):
            return not seen.failed
        for number, call in enumerate(route.calls):
            key = f"effect-{number}-{state_key(f'{route.route} {identity}')}"
            if not self._make(call, key, event):
                return False
        return self._handled.save(marker, True) is Outcome.SAVED

    def _make(self, call: OutgoingCall, key: str, event: Event) -> bool:
        if call.block == "state" and (done := self._make_state_call(call, key, event)) is not None:
            return done
        if call.block == "publish":  # what the event said goes on, and not what was once seen of another
            content_type, body = self._published(_JSON, json.dumps(event.data).encode())
            return self._dapr.call(call.method, call.path, body, content_type).ok
        return self._dapr.call(call.method, call.path, call.body, call.content_type).ok

    def _make_state_call(self, call: OutgoingCall, key: str, event: Event) -> bool | None:
        state, last = self._states(call.component), call.path.partition("?")[0].rpartition("/")[2]
        if call.method == "GET":
            return not state.load(key).failed
        if call.method == "DELETE":
            return state.delete(key) is Outcome.SAVED
        if last == "transaction":
            return state.upsert_in_transaction(key, event.data) is Outcome.SAVED
        return state.save(key, event.data) is Outcome.SAVED if last not in ("bulk", "query") else None


def _as_it_is(content_type: str, body: bytes) -> tuple[str, bytes]:
    return content_type, body


def _shown(topic: TopicBehaviour, event: Event) -> Callable[[Any], Any]:
    """Give what an event does to the document that shows its data."""

    def change(document: Any) -> Any:
        for place, source in topic.echo.shows.items() if topic.echo else ():
            document = set_at(document, place, value_at(event.data, source))
        return document

    return change


def _record_answer(records: Records, identifier: str) -> Answer:
    item = records.read(identifier)
    if item.failed:
        return text_answer(503, "the state component did not answer")
    return json_answer(item.value) if item.found else text_answer(404, "no event yet")


def park(state: State, raw: bytes) -> bool:
    """Save an event that cannot be handled, whole, under a key of its own; tell whether it is saved."""
    value = read_json(raw) or raw.decode("utf-8", "replace")
    return state.save(f"parked-{sha256(raw).hexdigest()}", value) is Outcome.SAVED
