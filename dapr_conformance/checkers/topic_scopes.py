"""What the metadata of a pub/sub component lets an app publish and subscribe.

Rule: Dapr docs "Scope Pub/sub topic access" (publishingScopes, subscriptionScopes, allowedTopics, protectedTopics).
"""

from __future__ import annotations

from dapr_conformance.target.model import Component, MetadataItem

PUBLISHING = "publishingScopes"
SUBSCRIPTION = "subscriptionScopes"


def scope(component: Component, setting: str, app_id: str) -> set[str] | None:
    """Give the topics that `publishingScopes` or `subscriptionScopes` leaves to an app; None means all."""
    text = component.setting(setting)
    if not text:
        return None
    entries = dict(part.split("=")[:2] for part in text.replace(" ", "").split(";") if "=" in part)
    return None if app_id not in entries else {topic for topic in entries[app_id].split(",") if topic}


def denied_by(component: Component, setting: str, app_id: str, topic: str) -> str:
    """Give the name of the metadata entry that keeps an app from a topic; empty when nothing does.

    Args:
        component: the pub/sub component.
        setting: `publishingScopes` or `subscriptionScopes`.
        app_id: the app.
        topic: the topic.

    """
    allowed = _names(component.setting("allowedTopics"))
    if allowed and topic not in allowed:
        return "allowedTopics"
    scoped = scope(component, setting, app_id)
    if scoped is not None:
        return "" if topic in scoped else setting
    return "protectedTopics" if topic in _names(component.setting("protectedTopics")) else ""


def entry(component: Component, name: str) -> MetadataItem | None:
    """Give the metadata entry with that name, which daprd compares without case."""
    return next((item for item in component.metadata if item.name.lower() == name.lower()), None)


def _names(text: str | None) -> set[str]:
    return {name.strip() for name in (text or "").split(",") if name.strip()}
