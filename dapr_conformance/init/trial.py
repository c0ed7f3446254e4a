"""Tries proposals on the running app: what works as it is meant stands in the manifest, the rest as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dapr_conformance.checkers.json_value import contains
from dapr_conformance.init.described import Record
from dapr_conformance.init.proposal import Proposal
from dapr_conformance.init.schemas import inlined
from dapr_conformance.probes import bulk, entity, outgoing, requests
from dapr_conformance.probes.check import Check
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.probes.schema_values import values
from dapr_conformance.target.model import Entity, Manifest, Request

_SEED, _BODIES = 1, 20
_ABOVE = ("state", "entity")
_STALE = (("If-Match", '"dc-never"'),)


def believing(check: Check, manifest: Manifest) -> Check:
    """Give the handle of a check that takes this for the app's manifest."""
    target = replace(check.target, manifest=manifest)
    return Check(check.id, check.requirement, check.environment, target, check.expectations, check.selection)


def record(check: Check, found: Record, document: Any, place: str) -> Iterator[Proposal]:
    """Try the routes of one kind of record and give their lines.

    Args:
        check: a check in the running arena.
        found: the routes.
        document: the OpenAPI document that describes them.
        place: where it was found.

    """
    said = f"from {place}: {found.save.method} {found.save.path}"
    made, why = None, "its body is not described"
    for schema in _schemas(found, document):
        made = _entity(found, schema)
        why = _refusal(believing(check, Manifest(entity=made)))
        if not why:
            break
    made = made or _entity(found, {})
    tried = "tried: saved and shown" if not why else f"does not do for a record: {why}"
    rows = {"save": _plain(made.save), "get": _plain(made.get), "key": made.key_schema, "schema": made.body_schema}
    for name, value in rows.items():
        if value:
            yield Proposal((*_ABOVE, name), value, f"{said}; {tried}", sure=not why)
    if not why:
        yield from _further(believing(check, Manifest(entity=made)), found, place)


def _schemas(found: Record, document: Any) -> Iterator[dict[str, Any]]:
    if found.save.schema:
        yield inlined(found.save.schema, document)
    if isinstance(found.save.example, dict):
        yield {"const": found.save.example}


def _entity(found: Record, schema: Mapping[str, Any]) -> Entity:
    delete = Request("DELETE", found.path) if found.delete else None
    return Entity(Request(found.save.method, found.path), Request("GET", found.path), None, delete, found.key, schema)


def _plain(request: Request) -> dict[str, str]:
    return {"method": request.method, "path": request.path}


def _refusal(check: Check) -> str:
    """Say why these routes are not those of a record, or nothing."""
    since = outgoing.marks(check)
    try:
        for body in bulk.drawn(values(requests.entity_of(check).body_schema), _BODIES, _SEED):
            if not isinstance(body, dict):
                return "its body is no object"
            name = requests.identifier(check)
            answer = entity.save(check, name, body)
            if not requests.ok(answer):
                return requests.said(answer)
            shown = entity.get(check, name)
            if not requests.ok(shown) or not contains(body, _json(shown.response_body)):
                return f"what was saved is not shown: {requests.said(shown)}"
    except Unsupported as error:
        return error.reason
    return "" if outgoing.writes(check, since) else "it writes nothing through its sidecar"


def _further(check: Check, found: Record, place: str) -> Iterator[Proposal]:
    """Try what a kind of record may have besides: deletion, a guard against lost updates, lists."""
    first, second = (_saved(check) for _ in range(2))
    said = f"from {place}"
    if found.list and not found.bulk:
        listed = requests.send(check, Request("GET", found.list.path), first)
        if requests.ok(listed) and first in listed.response_body.decode("utf-8", "replace"):
            value = {"method": "GET", "path": found.list.path}
            yield Proposal((*_ABOVE, "list"), value, f"{said}; tried: it shows the identifier")
    for path in found.bulk:
        yield from _bulk(check, path, [first, second], said)
    if found.conditional and entity.save(check, first, _body(check), _STALE).status in entity.CONFLICTS:
        origin = f"{said}: a parameter in the header; tried: a version that never was is refused"
        yield Proposal((*_ABOVE, "conditional"), found.conditional, origin)
    if found.delete:
        gone = requests.ok(entity.delete(check, first)) and not requests.ok(entity.get(check, first))
        tried = "tried: the record is gone" if gone else "does not do: the record is still shown, or it was refused"
        yield Proposal((*_ABOVE, "delete"), {"method": "DELETE", "path": found.path}, f"{said}; {tried}", sure=gone)


def _saved(check: Check) -> str:
    name = requests.identifier(check)
    entity.save(check, name, _body(check))
    return name


def _body(check: Check) -> Any:
    return bulk.drawn(values(requests.entity_of(check).body_schema), 1, _SEED)[0]


def _bulk(check: Check, path: str, names: list[str], said: str) -> Iterator[Proposal]:
    answer = requests.send(check, Request("GET", path.replace("{ids}", ",".join(names))), "")
    for pointer, rows in _lists(_json(answer.response_body)):
        fields = [name for name in rows[0] if {row.get(name) for row in rows if _is_text(row.get(name))} == {*names}]
        for name in fields[:1]:
            origin = f"{said}; tried: it shows both of two records"
            yield Proposal(("state", "bulk", "get"), {"method": "GET", "path": path}, origin)
            yield Proposal(("state", "bulk", "id"), name, origin)
            yield Proposal(("state", "bulk", "records"), pointer, origin)
            return


def _lists(found: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give each list of objects in an answer: the whole, or what stands under a key; with its JSON pointer."""
    places = {"": found, **({f"/{name}": value for name, value in found.items()} if isinstance(found, dict) else {})}
    for pointer, value in places.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            yield pointer, value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
