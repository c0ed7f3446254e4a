"""What the app's own Configuration closes: APIs of its sidecar, and calls by other apps.

Docs: operations/configuration/api-allowlist and invoke-allowlist; pkg/api/http/endpoints/endpoint.go and
pkg/api/grpc/endpoints.go of Dapr 1.18 say what a rule means.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
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
    allowed, denied = (_rules(lists.get(key), protocol) for key in ("allowed", "denied"))
    opens = partial(_names, name=name, protocol=protocol)
    # A list without a rule of this protocol says nothing about it.
    if configuration and (any(map(opens, denied)) or (allowed and not any(map(opens, allowed)))):
        line = f"{{name: {name}, version: v1, protocol: {protocol}}}"
        raise Unsupported(
            f"the app's Configuration closes the {name} API of its sidecar over {protocol}",
            f"{configuration.location}: spec.api.allowed with {line}",
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


def _rules(entries: Any, protocol: str) -> list[Mapping[str, Any]]:
    rows = [entry for entry in entries or () if isinstance(entry, Mapping)]
    return [row for row in rows if str(row.get("protocol", "")).lower() == protocol]


def _names(rule: Mapping[str, Any], name: str, protocol: str) -> bool:
    """Tell whether a rule means an API: `v1` and its name, or over HTTP also the beginning of its route."""
    version, named = str(rule.get("version", "")), str(rule.get("name", ""))
    if (version, named) == ("v1", name):
        return True
    return protocol == "http" and f"v1.0/{name}/".startswith(f"{version}/{named}")
