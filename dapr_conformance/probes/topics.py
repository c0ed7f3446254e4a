"""The topics that the sidecar-side checks may use: any, unless the component's scopes name the allowed ones.

Rule: docs "How-To: Scope Pub/sub topics" (publishingScopes, subscriptionScopes, allowedTopics, protectedTopics).
"""

from __future__ import annotations

from dataclasses import dataclass

from dapr_conformance.target.model import Component, Subscription, Target


@dataclass(frozen=True)
class ProbeTopics:
    """Topics of one component: plain ones, and pairs of a topic with its dead letter topic."""

    pubsubname: str
    plain: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def scope(component: Component, setting: str, app_id: str) -> set[str] | None:
    """Give the topics that `publishingScopes` or `subscriptionScopes` leaves to an app; None means all."""
    text = component.setting(setting)
    if not text:
        return None
    entries = dict(part.partition("=")[::2] for part in text.replace(" ", "").split(";") if part)
    return None if app_id not in entries else {topic for topic in entries[app_id].split(",") if topic}


def may(component: Component, setting: str, app_id: str, topic: str) -> bool:
    """Tell whether an app may publish to (or subscribe to) a topic of this component."""
    allowed = component.setting("allowedTopics")
    if allowed and topic not in {name.strip() for name in allowed.split(",")}:
        return False
    protected = component.setting("protectedTopics") or ""
    scoped = scope(component, setting, app_id)
    if scoped is None:
        return topic not in {name.strip() for name in protected.split(",")}
    return topic in scoped


def probe_topics(target: Target, count: int) -> ProbeTopics | None:
    """Give `count` plain topics and `count` pairs on the target's first pub/sub component, or what scopes allow."""
    components = target.components_of("pubsub")
    if not components or not count:
        return None
    component = components[0]
    free = [f"dc-probe-{number}" for number in range(3 * count)]
    if not _usable(component, target.app_id, free[0]):
        free = [name for name in _named(component, target.app_id) if _usable(component, target.app_id, name)]
    third = max(1, len(free) // 3)
    plain, rest = free[:third], free[third:]
    return ProbeTopics(component.name, tuple(plain[:count]), tuple(zip(rest[::2], rest[1::2], strict=False))[:count])


def probe_subscriptions(target: Target, count: int) -> tuple[Subscription, ...]:
    """Give the subscriptions by which a control app receives the probe topics."""
    found = probe_topics(target, count)
    if found is None:
        return ()
    wanted: list[tuple[str, str | None]] = [(topic, None) for topic in found.plain]
    wanted += [*found.pairs, *((dead, None) for _, dead in found.pairs)]
    return tuple(
        Subscription(found.pubsubname, topic, (f"/dc/deliver/{number}",), dead)
        for number, (topic, dead) in enumerate(wanted)
    )


def _usable(component: Component, app_id: str, topic: str) -> bool:
    return all(may(component, setting, app_id, topic) for setting in ("publishingScopes", "subscriptionScopes"))


def _named(component: Component, app_id: str) -> list[str]:
    names: set[str] = set()
    for setting in ("publishingScopes", "subscriptionScopes"):
        names |= scope(component, setting, app_id) or set()
    for setting in ("allowedTopics", "protectedTopics"):
        names |= {name.strip() for name in (component.setting(setting) or "").split(",") if name.strip()}
    return sorted(names)
