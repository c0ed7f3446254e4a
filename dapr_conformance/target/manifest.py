"""The manifest: what an app promises beyond what can be discovered, in a file or in a table of pyproject.toml.

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
from dapr_conformance.target import documents, pyproject
from dapr_conformance.target.documents import Document
from dapr_conformance.target.manifest_errors import first_error, schema_error
from dapr_conformance.target.model import Bulk, Echo, Effect, Entity, Health, Manifest, Request, Route, Topic

FILE_NAME = "dapr-conformance.yaml"


def find(named: Path | None, folder: Path) -> Manifest:
    """Read the manifest that was named, else the one in `folder`, else give one that declares nothing.

    In `folder` it is the file `dapr-conformance.yaml` or the table `[tool.dapr-conformance]` of pyproject.toml.

    Raises:
        TargetError: the named file does not exist, the file is not a manifest, or there are two manifests; with file,
            line and path.

    """
    if named:
        return read(named)
    path, table = folder / FILE_NAME, pyproject.table(folder / pyproject.FILE_NAME)
    if table and path.exists():
        raise TargetError(
            f"the manifest stands here and in {path}",
            location=table.location(),
            advice="keep one of the two, or name one with --dapr-manifest=FILE",
        )
    if table:
        return _checked(table)
    return read(path) if path.exists() else Manifest()


def read(path: Path) -> Manifest:
    """Read one manifest, of a pyproject.toml its table. A file of comments alone declares nothing.

    Raises:
        TargetError: not YAML or TOML, or not of the manifest's shape; with file, line, the path and what is allowed.

    """
    if path.suffix == ".toml":
        return _of_toml(path)
    found = documents.read_json(path)
    if len(found) > 1:
        advice = "take out the line of three hyphens"
        raise TargetError("a manifest is one document", location=found[1].location(), advice=advice)
    if not found or found[0].value is None:
        return Manifest(location=Location(path))
    return _checked(found[0])


def _of_toml(path: Path) -> Manifest:
    table = pyproject.table(path)
    if table is None:
        problem = "has no table [tool.dapr-conformance]" if path.exists() else "does not exist"
        advice = "add the table, or name a file that has it with --dapr-manifest=FILE"
        raise TargetError(problem, location=Location(path), advice=advice)
    return _checked(table)


def _checked(document: Document) -> Manifest:
    _validate(document)
    return _manifest(document.value, document.location())


@cache
def _validator() -> Draft202012Validator:
    schema = bundle.folder("reports") / "manifest.schema.json"
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _validate(document: Document) -> None:
    problem = first_error(_validator(), document)
    if problem:
        raise problem
    topics = [("topics", name, "schema") for name in (document.value or {}).get("topics") or {}]
    for path in (("state", "entity", "key"), ("state", "entity", "schema"), *topics):
        _check_schema(document, path)


def _check_schema(document: Document, path: tuple[str, ...]) -> None:
    try:
        Draft202012Validator.check_schema(_at(document.value, *path))
    except SchemaError as error:
        raise schema_error(document, path, error) from None


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = (value or {}).get(key, {})
    return value


def _manifest(value: dict[str, Any], location: Location) -> Manifest:
    entity, bulk = (_at(value, "state", name) for name in ("entity", "bulk"))
    topics = value.get("topics") or {}
    return Manifest(
        entity=_entity(entity) if entity else None,
        bulk=_bulk(bulk) if bulk else None,
        best_effort=tuple(_at(value, "state").get("best_effort", ()) if value.get("state") else ()),
        topics={name: _topic(name, topic) for name, topic in topics.items()},
        routes=tuple(Route(**route) for route in (value.get("invoke") or {}).get("routes", ())),
        health=_health(value.get("health") or {}),
        location=location,
    )


def _health(value: dict[str, Any]) -> Health:
    return Health(value.get("ready"), value.get("live"), tuple(value.get("critical", ())))


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


def _bulk(value: dict[str, Any]) -> Bulk:
    routes = {name: Request(**value[name]) for name in ("get", "save") if name in value}
    return Bulk(**routes, id_field=value.get("id", "id"), records=value.get("records", ""))


def _topic(name: str, value: dict[str, Any]) -> Topic:
    return Topic(
        name=name,
        pubsubname=value.get("pubsub"),
        given=tuple(Request(**request) for request in value.get("given", ())),
        valid=value.get("valid"),
        invalid=value.get("invalid"),
        failing=value.get("failing"),
        schema=value.get("schema"),
        echo=Echo(**value["echo"]) if "echo" in value else None,
        effect=Effect(**value["effect"]) if "effect" in value else None,
        declared=frozenset(value),
    )
