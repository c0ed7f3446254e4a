"""The steps of the attribution ladder: what of the target's own each of them replaces by a known-good default."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dapr_conformance.target.model import Target


@dataclass(frozen=True)
class Rung:
    """One step of the attribution ladder: what of the target's own is replaced by a known-good default."""

    name: str = "target"
    changed: str = "nothing"
    app: str = "target"
    default_configuration: bool = False
    default_components: bool = False


OWN = Rung()


def rung_view(target: Target, rung: Rung) -> Target:
    """Give the target as one rung sees it: own files, or defaults in the place of what the rung replaces."""
    if rung.default_configuration:
        bare = tuple(
            replace(c, scopes=(), metadata=tuple(m for m in c.metadata if not _limits(m.name)))
            for c in target.components
        )
        target = replace(target, components=bare, subscriptions=(), resiliencies=(), configuration=None, others=())
    if rung.default_components:
        plain = tuple(
            replace(c, metadata=tuple(m for m in c.metadata if m.name.lower() == "actorstatestore"))
            for c in target.components
        )
        target = replace(target, components=plain)
    return target


def _limits(name: str) -> bool:
    return name.lower() in ("publishingscopes", "subscriptionscopes", "allowedtopics", "protectedtopics")
