"""The resource files that daprd would load from the resources directories of an app.

Source: Dapr docs, "Resource specs", and daprd's disk loader: only `*.yaml` and `*.yml` directly in a directory,
by name; several documents in a file, except that only the first may be a Resiliency.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target import documents
from dapr_conformance.target.component import component
from dapr_conformance.target.fields import Field, nearest
from dapr_conformance.target.model import Component, Resource, Subscription
from dapr_conformance.target.subscription import V1, V2, subscription

API_VERSIONS = {
    "Component": (V1,),
    "Configuration": (V1,),
    "HTTPEndpoint": (V1,),
    "MCPServer": (V1,),
    "Resiliency": (V1,),
    "Subscription": (V1, V2),
    "WorkflowAccessPolicy": (V1,),
}


@dataclass
class Resources:
    """What stands in the resources directories; `others` holds what daprd does not load from there, and the rest."""

    components: list[Component] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    resiliencies: list[Resource] = field(default_factory=list)
    others: list[Resource] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Place(NamedTuple):
    """Where a document stands: its number in the file, and whether the file is the app's own Configuration."""

    at: int
    is_configuration: bool


def read(directories: Sequence[Path], config_path: Path | None = None) -> Resources:
    """Read every document of the YAML files directly in these directories.

    Args:
        directories: in the order in which daprd gets them.
        config_path: the Configuration file that daprd gets, should it lie among the resources.

    Raises:
        TargetError: a directory or file cannot be read, a file is not YAML, a document lacks what it must have.

    """
    found = Resources()
    for file in [file for directory in directories for file in _files(directory)]:
        is_configuration = config_path is not None and os.path.realpath(file) == os.path.realpath(config_path)
        for at, document in enumerate(documents.read(file)):
            _add(found, Field.root(document), _Place(at, is_configuration))
    found.notes += _duplicates(found)
    return found


def read_configuration(path: Path) -> Resource | None:
    """Read the first document of the file that daprd gets with `--config`; None when it is empty.

    Raises:
        TargetError: the file cannot be read or is not a YAML mapping.

    """
    found = documents.read(path)
    return _resource(Field.root(found[0])) if found and found[0].value is not None else None


def _files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        problem = "is a file, but daprd reads resources from a directory" if directory.exists() else "does not exist"
        raise TargetError(problem, location=Location(directory))
    try:
        entries = sorted(directory.iterdir(), key=lambda entry: entry.name.encode())
    except OSError as error:
        raise TargetError(f"cannot be listed: {error.strerror}", location=Location(directory)) from None
    return [entry for entry in entries if entry.suffix.lower() in (".yaml", ".yml") and entry.is_file()]


def _add(found: Resources, document: Field, place: _Place) -> None:
    if document.value is None:
        return
    kind, api_version = _type(document)
    if api_version not in API_VERSIONS.get(kind, ()):
        found.notes.append(_ignored(document, kind, api_version))
    elif kind == "Component":
        found.components.append(component(document))
        found.notes += _component_notes(document, found.components[-1])
    elif kind == "Subscription":
        found.subscriptions.append(subscription(document))
        found.notes += _subscription_notes(found.subscriptions[-1])
    elif kind == "Resiliency" and place.at == 0:
        found.resiliencies.append(_resource(document))
    elif not (kind == "Configuration" and place.is_configuration):
        found.others.append(_resource(document))
        found.notes += _not_loaded(document, kind)


def _type(document: Field) -> tuple[str, str]:
    if not isinstance(document.value, dict):
        return "", ""
    kind, api_version = document.folded("kind").value, document.folded("apiVersion").value
    return (kind if isinstance(kind, str) else "", api_version if isinstance(api_version, str) else "")


def _ignored(document: Field, kind: str, api_version: str) -> str:
    if kind in API_VERSIONS:
        why = f"daprd loads a {kind} only with `apiVersion: {' or '.join(API_VERSIONS[kind])}`, not {api_version!r}"
    elif api_version.startswith("dapr.io/"):
        meant = nearest(kind, API_VERSIONS)
        why = f"daprd knows no resource of the kind {kind!r}" + (f" (did you mean {meant}?)" if meant else "")
    else:
        why = "no Dapr resource"
    return f"{document.location}: ignored: {why}"


def _component_notes(document: Field, found: Component) -> Iterator[str]:
    if not document.folded("spec").folded("version").text():
        yield f"{found.location}: the Component {found.name!r} has no `spec.version`; daprd takes v1"


def _subscription_notes(found: Subscription) -> Iterator[str]:
    if not found.routes:
        yield f"{found.location}: this Subscription to {found.topic!r} has no route, so no handler gets its events"


def _not_loaded(document: Field, kind: str) -> Iterator[str]:
    if kind == "Configuration":
        yield f"{document.location}: daprd does not apply this Configuration: no `configFilePath` names its file"
    if kind == "Resiliency":
        yield f"{document.location}: daprd does not load this Resiliency: only the first document of a file can be one"


def _resource(document: Field) -> Resource:
    return Resource(
        kind=document.folded("kind").text(),
        name=document.folded("metadata").folded("name").text(),
        document=document.mapping(),
        location=document.location,
        scopes=document.folded("scopes").texts(),
    )


def _duplicates(found: Resources) -> Iterator[str]:
    first: dict[str, Component] = {}
    for one in found.components:
        other = first.setdefault(one.name, one)
        if other is not one and (not one.scopes or not other.scopes or set(one.scopes) & set(other.scopes)):
            yield f"{one.location}: daprd refuses a second Component named {one.name!r}; the first is {other.location}"
