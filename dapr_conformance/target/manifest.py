"""The manifest `dapr-conformance.yaml`: what an app promises beyond what can be discovered.

Its shape is `reports/manifest.schema.json` (JSON Schema 2020-12).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from dapr_conformance import bundle
from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target import documents
from dapr_conformance.target.documents import Document
from dapr_conformance.target.manifest_errors import first_error, schema_error
from dapr_conformance.target.model import Effect, Entity, Manifest, Request, Route, Topic

FILE_NAME = "dapr-conformance.yaml"


def find(named: Path | None, folder: Path) -> Manifest:
    """Read the manifest that was named, else the one in `folder`, else give one that declares nothing.

    Raises:
        TargetError: the named file does not exist, or the file is not a manifest; with file, line and path.

    """
    path = named or folder / FILE_NAME
    return read(path) if named or path.exists() else Manifest()


def read(path: Path) -> Manifest:
    """Read one manifest. A file of comments alone declares nothing.

    Raises:
        TargetError: not YAML, or not of the manifest's shape; with file, line, the path and what is allowed there.

    """
    found = documents.read_json(path)
    if len(found) > 1:
        raise TargetError("a manifest is one document", location=found[1].location())
    if not found or found[0].value is None:
        return Manifest(location=Location(path))
    _validate(found[0])
    return _manifest(found[0].value, found[0].location())


@cache
def _validator() -> Draft202012Validator:
    schema = bundle.folder("reports") / "manifest.schema.json"
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _validate(document: Document) -> None:
    problem = first_error(_validator(), document)
    if problem:
        raise problem
    for key in ("key", "schema"):
        path = ("state", "entity", key)
        try:
            Draft202012Validator.check_schema(_at(document.value, *path))
        except SchemaError as error:
            raise schema_error(document, path, error) from None


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = (value or {}).get(key, {})
    return value


def _manifest(value: dict[str, Any], location: Location) -> Manifest:
    entity = _at(value, "state", "entity")
    topics = value.get("topics") or {}
    return Manifest(
        entity=_entity(entity) if entity else None,
        best_effort=tuple(_at(value, "state").get("best_effort", ()) if value.get("state") else ()),
        topics={name: _topic(name, topic) for name, topic in topics.items()},
        routes=tuple(Route(**route) for route in (value.get("invoke") or {}).get("routes", ())),
        location=location,
    )


def _entity(value: dict[str, Any]) -> Entity:
    return Entity(
        save=Request(**value["save"]),
        get=Request(**value["get"]),
        list=Request(**value["list"]) if "list" in value else None,
        delete=Request(**value["delete"]) if "delete" in value else None,
        key_schema=value.get("key", {}),
        body_schema=value.get("schema", {}),
        conditional_header=value.get("conditional"),
    )


def _topic(name: str, value: dict[str, Any]) -> Topic:
    return Topic(
        name=name,
        pubsubname=value.get("pubsub"),
        given=tuple(Request(**request) for request in value.get("given", ())),
        valid=value.get("valid"),
        invalid=value.get("invalid"),
        failing=value.get("failing"),
        effect=Effect(**value["effect"]) if "effect" in value else None,
        declared=frozenset(value),
    )
