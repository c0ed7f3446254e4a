"""The routes that show and save several records at once (manifest: `state.bulk`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dapr_conformance.control.entity import Entity
from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer
from dapr_conformance.control.json_pointer import placed
from dapr_conformance.control.records import Records
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import BulkRoutes, RequestTemplate
from dapr_conformance.control.state import Item, Outcome
from dapr_conformance.control.template import find_list, match_path

_UNAVAILABLE = text_answer(503, "the state component did not do it")


class Bulk:
    """Answers these routes with what the state component has confirmed for every single record, or with an error."""

    def __init__(self, routes: BulkRoutes, seams: Seams, records: Records, entity: Entity) -> None:
        self._routes = routes
        self._records = records
        self._entity = entity
        self._outcome = seams.through("save_outcome", _same)
        self._shown = seams.through("bulk_view", _shown)

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for one of the routes; None for any other."""
        for route, action in ((self._routes.get, self._get), (self._routes.save, self._save)):
            values = match_path(route.path, request) if route and route.method == request.method else None
            if route is not None and values is not None:
                return action(request, values, route)
        return None

    def _get(self, request: Request, values: dict[str, str], route: RequestTemplate) -> Answer:
        in_path = values["ids"].split(",") if "ids" in values else None
        identifiers = in_path or find_list(route.body, _json(request), "{ids}")
        if identifiers is None:
            return text_answer(400, "there are no identifiers")
        items = [(str(each), item) for each, item in self._records.read_all([str(each) for each in identifiers])]
        if any(item.failed for _, item in items):
            return _UNAVAILABLE
        return json_answer(placed(self._routes.records, self._shown(items, self._routes.id_field)))

    def _save(self, request: Request, _values: dict[str, str], route: RequestTemplate) -> Answer:
        rows, name = find_list(route.body, _json(request), "{records}"), self._routes.id_field
        if rows is None or not all(isinstance(row, dict) and isinstance(row.get(name), str) for row in rows):
            return text_answer(400, "there are no records with identifiers")
        records = {row[name]: {key: value for key, value in row.items() if key != name} for row in rows}
        done = self._outcome(self._records.write_all(records)) is Outcome.SAVED
        return Answer(204) if done and self._entity.listed(records) else _UNAVAILABLE


def _json(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _shown(items: Sequence[tuple[str, Item]], id_field: str) -> list[Any]:
    return [{**item.value, id_field: identifier} for identifier, item in items if item.found]


def _same(outcome: Outcome) -> Outcome:
    return outcome
