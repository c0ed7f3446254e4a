"""Planted faults in the target's files, as pure changes of the Target.

Each edit is one key of `PlantedFault.edit`: `dead_letter` renames every declared dead letter topic in the
files, `component_scopes` scopes every component to another app id, `component_type` changes the type of one
component (`name=type`), `publishing_scopes` sets the setting of every pub/sub component.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dapr_conformance.errors import HarnessError
from dapr_conformance.requirement import PlantedFault
from dapr_conformance.target.model import Component, MetadataItem, Subscription, Target


def edited(target: Target, fault: PlantedFault) -> Target:
    """Give the target with the fault's edits applied.

    Raises:
        HarnessError: an edit that does not exist.

    """
    for name, value in fault.edit.items():
        if name not in _EDITS:
            raise HarnessError(f"no such planted edit of files: {name}", allowed=sorted(_EDITS))
        target = _EDITS[name](target, value)
    return target


def _dead_letter(target: Target, value: str) -> Target:
    return replace(target, subscriptions=tuple(_renamed(s, value) for s in target.subscriptions))


def _renamed(subscription: Subscription, topic: str) -> Subscription:
    if subscription.dead_letter_topic is None:
        return subscription
    document: dict[str, Any] = copy.deepcopy(dict(subscription.document))
    if "spec" in document:
        document["spec"]["deadLetterTopic"] = topic
    return replace(subscription, dead_letter_topic=topic, document=document)


def _component_scopes(target: Target, value: str) -> Target:
    return replace(target, components=tuple(replace(c, scopes=(value,)) for c in target.components))


def _component_type(target: Target, value: str) -> Target:
    name, _, kind = value.partition("=")
    return replace(target, components=tuple(replace(c, type=kind) if c.name == name else c for c in target.components))


def _publishing_scopes(target: Target, value: str) -> Target:
    return replace(target, components=tuple(_scoped(c, value) for c in target.components))


def _scoped(component: Component, value: str) -> Component:
    if component.block != "pubsub":
        return component
    item = MetadataItem("publishingScopes", value, None, component.location)
    others = tuple(m for m in component.metadata if m.name.lower() != "publishingscopes")
    return replace(component, metadata=(*others, item))


_EDITS: dict[str, Callable[[Target, str], Target]] = {
    "dead_letter": _dead_letter,
    "component_scopes": _component_scopes,
    "component_type": _component_type,
    "publishing_scopes": _publishing_scopes,
}
