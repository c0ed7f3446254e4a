"""The resource files that daprd would load from the resources directories of an app.

Source: Dapr docs, "Resource specs", and daprd's disk loader: only `*.yaml` and `*.yml` directly in a directory,
by name; several documents in a file, except that only the first may be a Resiliency.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target import documents
from dapr_conformance.target.component import component, resource_name
from dapr_conformance.target.fields import Field, nearest
from dapr_conformance.target.model import Component, Resource, Subscription
from dapr_conformance.target.resource_keys import unknown_keys
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


def read(directories: Sequence[Path], config_path: Path | None = None, app_id: str = "") -> Resources:
    """Read every document of the YAML files directly in these directories.

    Args:
        directories: in the order in which daprd gets them.
        config_path: the Configuration file that daprd gets, should it lie among the resources.
        app_id: the app whose daprd reads them.

    Raises:
        TargetError: a directory or file cannot be read, a file is not YAML, a document lacks what it must have or is
            longer than daprd can read, two have a name that daprd takes only once.

    """
    found = Resources()
    for file in [file for directory in directories for file in _files(directory)]:
        is_configuration = config_path is not None and os.path.realpath(file) == os.path.realpath(config_path)
        of_file = documents.read_resources(file)
        if all(document.value is None for document in of_file):
            found.notes.append(f"{file}: there is no document in it; fill it or remove it")
        for at, document in enumerate(of_file):
            _add(found, Field.root(document), _Place(at, is_configuration))
    _refuse_doubles("Component", found.components, app_id)
    _refuse_doubles("HTTPEndpoint", [one for one in found.others if one.kind == "HTTPEndpoint"], app_id)
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
        raise TargetError(problem, location=Location(directory), advice="name the folder that has the YAML files")
    try:
        entries = sorted(directory.iterdir(), key=lambda entry: entry.name.encode())
    except OSError as error:
        problem, advice = f"cannot be listed: {error.strerror}", "let this user read the folder"
        raise TargetError(problem, location=Location(directory), advice=advice) from None
    return [entry for entry in entries if entry.suffix.lower() in (".yaml", ".yml") and _is_file(entry)]


def _is_file(entry: Path) -> bool:
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError as error:
        if error.errno == errno.ENOENT:  # a link to nothing, as editors leave them for locks
            return False
        problem = f"cannot be read: {error.strerror}"
        raise TargetError(problem, location=Location(entry), advice="remove the file or mend it") from None


def _add(found: Resources, document: Field, place: _Place) -> None:
    if document.value is None:
        return
    kind, api_version = _type(document)
    if api_version not in API_VERSIONS.get(kind, ()):
        found.notes.append(_ignored(document, kind, api_version))
        return
    found.notes += unknown_keys(document, kind, api_version)
    if kind == "Component":
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
    spec = document.folded("spec")
    if not spec.folded("version").text():
        yield f"{found.location}: the Component {found.name!r} has no `spec.version`; daprd takes v1"
    for item, entry in zip(found.metadata, spec.folded("metadata").items(), strict=True):
        written = entry.folded("value").value
        if isinstance(written, str) and written != item.value:  # the value may be a credential, so it is not shown
            how = "as a number or a boolean, not as it is written"
            yield f"{item.location}: daprd reads the value of `{item.name}` {how}; put it in quotes"


def _subscription_notes(found: Subscription) -> Iterator[str]:
    wanted = "`route: /path`" if found.document.get("apiVersion") == V1 else "`routes: {default: /path}`"
    if not found.routes:
        lost = f"this Subscription to {found.topic!r} has no route, so no handler gets its events"
        yield f"{found.location}: {lost}; add {wanted}"


def _not_loaded(document: Field, kind: str) -> Iterator[str]:
    if kind == "Configuration":
        yield f"{document.location}: daprd does not apply this Configuration: no `configFilePath` names its file"
    if kind == "Resiliency":
        yield f"{document.location}: daprd does not load this Resiliency: only the first document of a file can be one"
    if kind == "HTTPEndpoint":
        yield from _endpoint_notes(document)


def _endpoint_notes(document: Field) -> Iterator[str]:
    name, url = resource_name(document), document.folded("spec").folded("baseUrl").text()
    if url:
        yield f"{document.location}: left out: the HTTPEndpoint {name!r} is the server {url}, outside of this run"
    else:
        yield f"{document.location}: the HTTPEndpoint {name!r} has no `spec.baseUrl`, so no call reaches it"


def _resource(document: Field) -> Resource:
    return Resource(
        kind=document.folded("kind").text(),
        name=document.folded("metadata").folded("name").daprd_text(),
        document=document.mapping(),
        location=document.location,
        scopes=document.folded("scopes").daprd_texts(),
    )


def _refuse_doubles(kind: str, found: Sequence[Component] | Sequence[Resource], app_id: str) -> None:
    """Refuse what daprd refuses: a name again after one that this app may use, whoever may use the second."""
    first: dict[str, Component | Resource] = {}
    for one in found:
        if one.name in first:
            raise TargetError(
                f"a second {kind} named {one.name!r}, and daprd takes a name once; "
                f"the first is {first[one.name].location}",
                location=one.location,
                advice="rename one of them, or give each app a resources folder of its own",
            )
        if not one.scopes or app_id in one.scopes:
            first[one.name] = one
