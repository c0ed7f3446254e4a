"""What the app's own Configuration closes: APIs of its sidecar, and calls by other apps.

Docs: operations/configuration/api-allowlist and invoke-allowlist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Target


def refuse_closed_api(target: Target, name: str, protocol: str = "http") -> None:
    """Raise Unsupported, with the line that would open it, if the Configuration closes an API.

    Args:
        target: the app under test.
        name: of the API, as spec.api calls it: `state`, `publish`, `invoke`.
        protocol: `http` or `grpc`.

    """
    configuration = target.configuration
    lists = _section(_section(configuration.document if configuration else {}, "spec"), "api")
    allowed, denied = lists.get("allowed") or (), lists.get("denied") or ()
    if configuration and (_names(denied, name, protocol) or (allowed and not _names(allowed, name, protocol))):
        raise Unsupported(
            f"the app's Configuration closes the {name} API of its sidecar over {protocol}",
            f"{configuration.location}: spec.api.allowed with {{name: {name}, version: v1.0, protocol: {protocol}}}",
        )


def refuse_closed_app(target: Target) -> None:
    """Raise Unsupported, with the line that would admit them, if the access control keeps other apps out."""
    configuration = target.configuration
    access = _section(_section(configuration.document if configuration else {}, "spec"), "accessControl")
    if configuration and access and access.get("defaultAction") != "allow":
        raise Unsupported(
            "the app's access control admits only the apps that it names",
            f"{configuration.location}: spec.accessControl.defaultAction: allow",
        )


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _names(entries: Iterable[Any], name: str, protocol: str) -> bool:
    rows = [entry for entry in entries if isinstance(entry, Mapping)]
    return any(row.get("name") == name and row.get("protocol", protocol) == protocol for row in rows)
