"""The embedded infrastructure: the target's components with types that need no server.

Kept of each component: name, scopes, and the settings that change what the app may do. Everything else is
dropped and listed, because a run on stand-ins must say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dapr_conformance.target.model import Component, Target

_TYPES = {"state": "state.sqlite", "pubsub": "pubsub.in-memory", "secretstores": "secretstores.local.file"}
# These need no server, so they run as they are.
_SELF_CONTAINED = (
    "secretstores.local.",
    "bindings.cron",
    "bindings.localstorage",
    "middleware.http.routerchecker",
    "middleware.http.ratelimit",
    "middleware.http.uppercase",
    "middleware.http.routeralias",
    "middleware.http.sentinel",
)
_CREDENTIAL = re.compile(r"password|secret|token|accesskey|accountkey|connectionstring|credential", re.IGNORECASE)
_KEPT = ("actorstatestore", "keyprefix", "publishingscopes", "subscriptionscopes", "allowedtopics", "protectedtopics")


@dataclass(frozen=True)
class StandIn:
    """One component as it runs: `document` is the Component, `dropped` the settings left out."""

    name: str
    declared_type: str
    type: str
    document: Mapping[str, Any]
    dropped: tuple[str, ...] = ()

    @property
    def replaced(self) -> bool:
        """Tell whether another type runs in the declared one's place."""
        return self.type != self.declared_type


@dataclass(frozen=True)
class Embedded:
    """All components of a target for one arena: what runs, what had to be left out, and secret files to write."""

    stand_ins: tuple[StandIn, ...]
    left_out: tuple[str, ...]
    files: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)


def embedded(target: Target, folder: Path) -> Embedded:
    """Give the stand-ins of every component of the target's files, with data below `folder`."""
    secrets = _secret_names(target.components)
    files: dict[Path, Mapping[str, str]] = {}
    running, left_out = [], []
    for component in target.components:
        if component.type.startswith(_SELF_CONTAINED):
            running.append(StandIn(component.name, component.type, component.type, component.document))
        elif component.block in _TYPES:
            running.append(_stand_in(component, folder))
            if component.block == "secretstores":
                files[_secret_file(component, folder)] = {
                    n: generated_secret(n) for n in secrets.get(component.name, ())
                }
        else:
            left_out.append(f"{component.name} ({component.type})")
    return Embedded(tuple(running), tuple(left_out), files)


def generated_secret(name: str) -> str:
    """Give the value that stands for a secret: recognisable, and the same in every run."""
    return f"dapr-conformance-secret-{name}"


def secret_values(target: Target) -> list[str]:
    """Give every secret value that this run knows: literal credentials of component files and generated secrets."""
    literal = [i.value for c in target.components for i in c.metadata if i.value and _CREDENTIAL.search(i.name)]
    names = {name for names in _secret_names(target.components).values() for name in names}
    return sorted({*literal, *(generated_secret(name) for name in names)})


def _secret_names(components: Iterable[Component]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for component in components:
        for item in component.metadata:
            if item.secret_ref is not None and component.secret_store is not None:
                names.setdefault(component.secret_store, []).append(item.secret_ref[0])
    return names


def _secret_file(component: Component, folder: Path) -> Path:
    return folder / f"secrets-{component.name}.json"


def _stand_in(component: Component, folder: Path) -> StandIn:
    kept = [item for item in component.metadata if item.name.lower() in _KEPT and item.value is not None]
    metadata = [{"name": item.name, "value": item.value} for item in kept]
    if component.block == "state":
        # Without these, writers that meet in SQLite are refused with "database is locked", and every write syncs.
        database = f"file:{folder / f'state-{component.name}.db'}?_pragma=synchronous(OFF)"
        metadata += [{"name": "connectionString", "value": database}, {"name": "busyTimeout", "value": "10s"}]
    if component.block == "secretstores":
        metadata.append({"name": "secretsFile", "value": str(_secret_file(component, folder))})
    dropped = tuple(item.name for item in component.metadata if item not in kept)
    kind = _TYPES[component.block]
    return StandIn(component.name, component.type, kind, _document(component, kind, metadata), dropped)


def _document(component: Component, kind: str, metadata: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": component.name},
        "spec": {"type": kind, "version": "v1", "metadata": metadata},
    }
    if component.scopes:
        document["scopes"] = list(component.scopes)
    return document
