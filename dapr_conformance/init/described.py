"""What an OpenAPI document lets one guess of the manifest: which routes save, show, delete and list a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dapr_conformance.init.schemas import inlined
from dapr_conformance.target.openapi import PLACEHOLDER, Operation

_SAVES = ("PUT", "POST", "PATCH")
_MANY = ("ids", "id", "keys", "key")
_CONDITIONS = ("if-match",)


@dataclass(frozen=True)
class Record:
    """Routes that look like those of one kind of record; paths have `{id}` where its identifier stands."""

    path: str
    save: Operation
    get: Operation
    delete: Operation | None = None
    list: Operation | None = None
    conditional: str | None = None
    bulk: tuple[str, ...] = ()
    key: Mapping[str, Any] = field(default_factory=dict)


def records(operations: tuple[Operation, ...], document: Any) -> Iterator[Record]:
    """Give the kinds of records, best first: those that a PUT saves, and those whose body is described."""
    by_place = {(each.method, each.path): each for each in operations}
    found = []
    for (method, path), save in by_place.items():
        get = by_place.get(("GET", path))
        if method in _SAVES and get is not None and len(PLACEHOLDER.findall(path)) == 1:
            found.append(_record(save, get, by_place, document))
    yield from sorted(found, key=lambda each: (not each.save.schema, _SAVES.index(each.save.method)))


def _record(save: Operation, get: Operation, by_place: Mapping[tuple[str, str], Operation], document: Any) -> Record:
    path, name = save.path, PLACEHOLDER.findall(save.path)[0].strip("{}")
    above = PLACEHOLDER.split(path)[0].rstrip("/") or "/"
    many = by_place.get(("GET", above))
    queries = [each["name"] for each in (many.parameters if many else ()) if each.get("in") == "query"]
    delete = by_place.get(("DELETE", path))
    keys = [each.get("schema") for each in get.parameters if each.get("name") == name]
    return Record(
        path=PLACEHOLDER.sub("{id}", path),
        save=save,
        get=get,
        delete=delete,
        list=many,
        conditional=_conditional((save, delete)),
        bulk=tuple(f"{above}?{query}={{ids}}" for query in queries if query.lower() in _MANY),
        key=inlined(keys[0], document) if keys else {},
    )


def _conditional(operations: tuple[Operation | None, ...]) -> str | None:
    parameters = [each for operation in operations if operation for each in operation.parameters]
    return next(("If-Match" for each in parameters if str(each.get("name", "")).lower() in _CONDITIONS), None)
