"""The topics of the sidecar-side checks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dapr_conformance.target.model import Component, MetadataItem, Subscription, Target


@dataclass(frozen=True)
class ProbeTopics:
    """Topics of one component: plain ones, and pairs of a topic with its dead letter topic."""

    pubsubname: str
    plain: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def probe_topics(target: Target, count: int) -> ProbeTopics | None:
    """Give `count` plain topics and `count` pairs on the target's first pub/sub component."""
    components = target.components_of("pubsub")
    if not components or not count:
        return None
    names = _names(count)
    pairs = zip(names[count : 2 * count], names[2 * count :], strict=True)
    return ProbeTopics(components[0].name, tuple(names[:count]), tuple(pairs))


def admitted(target: Target, count: int) -> Target:
    """Give the target with its pub/sub scopes widened by the probe topics, everything else as it is.

    What the target's scopes deny is no failure, so the control app is given topics of its own instead.
    """
    return replace(target, components=tuple(_admit(c, target.app_id, _names(count)) for c in target.components))


def probe_subscriptions(target: Target, count: int) -> tuple[Subscription, ...]:
    """Give the subscriptions by which a control app receives the probe topics."""
    found = probe_topics(target, count)
    if found is None:
        return ()
    wanted: list[tuple[str, str, str | None]] = [("deliver", topic, None) for topic in found.plain]
    wanted += [("deliver", *pair) for pair in found.pairs]
    # A dead letter carries the instructions of the event that it was: its handler must not follow them again.
    wanted += [("accept", dead, None) for _, dead in found.pairs]
    return tuple(
        Subscription(found.pubsubname, topic, (f"/dc/{kind}/{number}",), dead)
        for number, (kind, topic, dead) in enumerate(wanted)
    )


def _names(count: int) -> list[str]:
    return [f"dc-probe-{number}" for number in range(3 * count)]


def _admit(component: Component, app_id: str, names: list[str]) -> Component:
    more = ",".join(names)
    items = tuple(_widened(item, app_id, more) for item in component.metadata)
    return replace(component, metadata=items) if component.block == "pubsub" else component


def _widened(item: MetadataItem, app_id: str, more: str) -> MetadataItem:
    if not item.value:
        return item
    if item.name.lower() == "allowedtopics":
        return replace(item, value=f"{item.value},{more}")
    if item.name.lower() in ("publishingscopes", "subscriptionscopes"):
        entries = [part.strip() for part in item.value.split(";")]
        wide = [f"{part},{more}".replace("=,", "=") if part.startswith(f"{app_id}=") else part for part in entries]
        return replace(item, value=";".join(wide))
    return item
