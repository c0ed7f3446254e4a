"""What is wrong with the target's files before anything starts: findings with file and line, attributed to config.

Under stand-ins the declared types never reach daprd, so they are compared with what this runtime registers.
"""

from __future__ import annotations

from collections.abc import Iterator

from dapr_conformance.runtime import component_types
from dapr_conformance.target.model import Component, Target
from dapr_conformance.verdict import Attribution, CheckResult, Reproduce, Verdict


def findings(target: Target, infra: str, command: str) -> Iterator[CheckResult]:
    """Give one failed row per component that daprd could not create."""
    for component in target.components:
        if component.visible_to(target.app_id) and not component_types.known(component.type, component.version):
            yield _unknown_type(component, infra, command)


def _unknown_type(component: Component, infra: str, command: str) -> CheckResult:
    near = component_types.nearest(component.type)
    versions = sorted(v for v in component_types.versions(component.type) if v)
    wanted = (
        f"a version of it: {', '.join(versions)}" if versions else f"a known type: {', '.join(near) or 'none is near'}"
    )
    return CheckResult(
        id=f"lint/component_type_is_known/{component.name}[system]@{infra}",
        kind="lint",
        property=None,
        title="Component type is known",
        level="must",
        block=component.block,
        vantage="system",
        environment=infra,
        verdict=Verdict.FAILED,
        attribution=Attribution.CONFIG,
        reason=f"daprd exits at start: it has no component {component.type}/{component.version}",
        expected=wanted,
        actual=f"component {component.name!r} has type {component.type}/{component.version}",
        location={"file": str(component.location.file), "line": component.location.line},
        requirement="Every component of the target MUST be of a type that the runtime knows.",
        source="Dapr docs: reference/components-reference",
        reproduce=Reproduce(command),
    )
