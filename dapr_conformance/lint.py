"""What is wrong with the target's files before anything starts: findings with file and line, attributed to config.

Under stand-ins the declared types never reach daprd, so they are compared with what this runtime registers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dapr_conformance.errors import Location
from dapr_conformance.runtime import component_types
from dapr_conformance.target.model import Component, Subscription, Target
from dapr_conformance.verdict import Attribution, CheckResult, Verdict


def findings(target: Target, infra: str, command: str) -> Iterator[CheckResult]:
    """Give one failed row per component that daprd could not create and per subscription to no pub/sub component."""
    for component in target.components:
        if component.visible_to(target.app_id) and not component_types.known(component.type, component.version):
            yield _unknown_type(component, infra, command)
    pubsubs = [component.name for component in target.components_of("pubsub")]
    for subscription in target.subscriptions:
        if subscription.visible_to(target.app_id) and subscription.pubsubname not in pubsubs:
            yield _unknown_pubsub(subscription, pubsubs, infra, command)


def _unknown_type(component: Component, infra: str, command: str) -> CheckResult:
    near = component_types.nearest(component.type)
    versions = sorted(v for v in component_types.versions(component.type) if v)
    wanted = (
        f"a version of it: {', '.join(versions)}" if versions else f"a known type: {', '.join(near) or 'none is near'}"
    )
    return _row(
        f"component_type_is_known/{component.name}",
        infra,
        command,
        component.location,
        title="Component type is known",
        block=component.block,
        reason=f"daprd exits at start: it has no component {component.type}/{component.version}",
        expected=wanted,
        actual=f"component {component.name!r} has type {component.type}/{component.version}",
        requirement="Every component of the target MUST be of a type that the runtime knows.",
        source="Dapr docs: reference/components-reference",
    )


def _unknown_pubsub(found: Subscription, pubsubs: Sequence[str], infra: str, command: str) -> CheckResult:
    return _row(
        f"subscription_has_its_pubsub/{found.pubsubname}.{found.topic}",
        infra,
        command,
        found.pubsubname_location,
        title="Subscription has its pub/sub component",
        block="pubsub",
        reason=f"no event of the topic {found.topic!r} arrives: the app has no pub/sub component {found.pubsubname!r}",
        expected=f"one of the pub/sub components of the app: {', '.join(pubsubs) or 'it has none'}",
        actual=f"`pubsubname` is {found.pubsubname!r}",
        requirement="Every subscription in a file MUST name a pub/sub component that the app may use.",
        source="Dapr docs: reference/resource-specs/subscription-schema",
    )


def _row(name: str, infra: str, command: str, location: Location | None, **said: Any) -> CheckResult:
    return CheckResult.of_system(
        f"lint/{name}",
        "lint",
        infra,
        command,
        verdict=Verdict.FAILED,
        attribution=Attribution.CONFIG,
        location=location.to_json() if location else None,
        **said,
    )
