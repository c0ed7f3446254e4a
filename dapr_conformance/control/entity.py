"""The routes that save, show, list and delete one record (manifest: `state.entity`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer
from dapr_conformance.control.records import Records
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import EntityRoutes, RequestTemplate
from dapr_conformance.control.state import Outcome, State
from dapr_conformance.control.template import find_id, match_path

_INDEX = "index"
_UNAVAILABLE = text_answer(503, "the state component did not do it")
_PRECONDITION_FAILED = text_answer(412, "the record has changed")
_NOT_FOUND = text_answer(404, "no such record")


class Entity:
    """Answers the entity's routes; only what the state component has confirmed is answered as done."""

    def __init__(self, routes: EntityRoutes, seams: Seams, state: State, records: Mapping[str, Records]) -> None:
        self._routes = routes
        self._state = state
        self._records = records[routes.get.path]
        self._entity_body = seams.through("entity_body", _as_it_is)
        self._save_outcome = seams.through("save_outcome", _same_outcome)
        self._saved_answer = seams.through("saved_answer", json_answer)
        self._unlisted = seams.through("unlisted", _without)
        self._actions: tuple[tuple[RequestTemplate | None, Callable[[Request, str | None], Answer]], ...] = (
            (routes.get, self._get),
            (routes.save, self._save),
            (routes.delete, self._delete),
            (routes.list, self._list),
        )

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for one of the entity's routes; None for any other."""
        for route, action in self._actions:
            values = match_path(route.path, request) if route and route.method == request.method else None
            if values is not None:
                return action(request, values.get("id"))
        return None

    def _save(self, request: Request, identifier: str | None) -> Answer:
        try:
            record = json.loads(request.body)
            json.dumps(record, allow_nan=False)
        except (ValueError, RecursionError):
            return text_answer(400, "the body is not JSON")
        identifier = identifier or find_id(self._routes.save.body, record)
        if identifier is None:
            return text_answer(400, "the body has no identifier")
        stored = self._entity_body(record)
        outcome = self._save_outcome(self._records.write(identifier, stored, self._etag(request)))
        if outcome is Outcome.SAVED and self.listed([identifier]):
            return self._saved_answer(record)
        return _refusal(outcome)

    def listed(self, identifiers: Iterable[str]) -> bool:
        """Have the list show these records, too; tell whether it does."""
        return self._index(lambda ids: sorted({*ids, *identifiers}))

    def _get(self, _request: Request, identifier: str | None) -> Answer:
        item = self._records.read(identifier or "")
        if item.failed:
            return _UNAVAILABLE
        return json_answer(item.value, headers=(("ETag", f'"{item.etag}"'),)) if item.found else _NOT_FOUND

    def _delete(self, request: Request, identifier: str | None) -> Answer:
        outcome = self._save_outcome(self._records.delete(identifier or "", self._etag(request)))
        if outcome is Outcome.SAVED and self._index(lambda ids: self._unlisted(ids, identifier)):
            return Answer(204)
        return _refusal(outcome)

    def _list(self, _request: Request, _identifier: str | None) -> Answer:
        item = self._state.load(_INDEX)
        return _UNAVAILABLE if item.failed else json_answer(item.value or [])

    def _etag(self, request: Request) -> str | None:
        header = self._routes.conditional_header
        value = request.header(header) if header else None
        return None if value is None else _etag_of(value)

    def _index(self, edit: Callable[[list[str]], list[str]]) -> bool:
        if self._routes.list is None:
            return True
        return self._save_outcome(self._state.change(_INDEX, lambda ids: edit(ids or []))) is Outcome.SAVED


def _without(identifiers: list[str], identifier: str | None) -> list[str]:
    return [each for each in identifiers if each != identifier]


def _refusal(outcome: Outcome) -> Answer:
    return _PRECONDITION_FAILED if outcome is Outcome.CONFLICT else _UNAVAILABLE


def _etag_of(value: str) -> str:
    # A header without any ETag in it cannot match a record; to Dapr an empty ETag would mean: no condition.
    return value.strip().removeprefix("W/").strip('"') or "none"


def _as_it_is(record: Any) -> Any:
    return record


def _same_outcome(outcome: Outcome) -> Outcome:
    return outcome
