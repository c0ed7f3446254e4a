"""What is wrong with a declared dead letter topic before any event is sent.

Rule: Dapr docs "Dead Letter Topics": daprd publishes the undelivered event on another topic of the same component,
as the subscribing app, so that its publishing scopes apply; the topic needs a subscription of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dapr_conformance.checkers.topic_scopes import PUBLISHING, SUBSCRIPTION, denied_by, entry
from dapr_conformance.errors import Location
from dapr_conformance.target.model import Component, Subscription

NEAR = 0.8  # similarity of names from which a misspelling is more likely than another topic
Topic = tuple[str, str]  # pub/sub component and topic


@dataclass(frozen=True)
class Finding:
    """What should hold and what stands there; without `location` it stands in the app's own answer."""

    expected: str
    actual: str
    location: Location | None
    warned: bool = False


def finding(
    declared: Subscription,
    own: Sequence[Subscription],
    others: Collection[Topic],
    component: Component | None,
    app_id: str,
) -> Finding | None:
    """Give the worst that is wrong with the dead letter topic that one subscription declares, or None.

    Args:
        declared: the subscription; it has a dead letter topic.
        own: every subscription of the app, from files and from its answer.
        others: what the other apps of the run subscribe.
        component: the pub/sub component of the subscription, if it is known.
        app_id: the app.

    """
    dead = declared.dead_letter_topic or ""
    if dead == declared.topic:
        return Finding(f"a dead letter topic other than {dead!r} itself", f"{dead!r}", declared.location)
    subscribed = {(each.pubsubname, each.topic) for each in own}
    unheard = None if (declared.pubsubname, dead) in {*subscribed, *others} else _unheard(declared, own)
    if unheard and not unheard.warned:
        return unheard  # of a misspelt name nothing else is worth saying
    settings = [PUBLISHING, *([SUBSCRIPTION] if (declared.pubsubname, dead) in subscribed else [])]
    for setting in settings:
        name = denied_by(component, setting, app_id, dead) if component else ""
        if component and name:
            return _denied(component, setting, name, app_id, dead)
    return unheard


def _denied(component: Component, setting: str, name: str, app_id: str, dead: str) -> Finding:
    found = entry(component, name)
    verb = "publish" if setting == PUBLISHING else "subscribe"
    return Finding(
        f"that {app_id!r} may {verb} its dead letter topic {dead!r}",
        f"{name} of the component {component.name!r} does not let it: {found.value if found else ''}",
        found.location if found else component.location,
    )


def _unheard(declared: Subscription, own: Sequence[Subscription]) -> Finding:
    dead = declared.dead_letter_topic or ""
    wanted = {(each.pubsubname, each.dead_letter_topic) for each in own}
    # A dead letter handler has no dead letter topic of its own; one that another subscription names is that one's.
    free = [
        each.topic
        for each in own
        if each.pubsubname == declared.pubsubname
        and each.dead_letter_topic is None
        and (each.pubsubname, each.topic) not in wanted
    ]
    near = difflib.get_close_matches(dead, free, n=1, cutoff=NEAR)
    expected = f"a subscription to the dead letter topic {dead!r} somewhere in the run"
    if near:
        return Finding(expected, f"none; {near[0]!r}, which is subscribed, has nearly that name", declared.location)
    return Finding(expected, "none: what ends there is lost unless others read it", declared.location, warned=True)
