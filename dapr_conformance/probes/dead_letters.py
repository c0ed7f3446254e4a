"""Dead letter topics of the running app: which are declared, who handles them, how to see what ended there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.building_blocks.metadata import Metadata
from dapr_conformance.checkers.topic_scopes import PUBLISHING, denied_by, entry
from dapr_conformance.probes import events, knowledge
from dapr_conformance.probes.events import EventRoute
from dapr_conformance.probes.outcome import Unsupported, Violation
from dapr_conformance.target.model import Subscription
from dapr_conformance.warden.protocol import Match

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

DECLARE_LINE = "deadLetterTopic: <topic> in the Subscription, or in the app's answer to GET /dapr/subscribe"
_WAIT_S = 5.0
_PROBE_ROUTES = "/dc/"


@dataclass(frozen=True)
class Pair:
    """A probe topic with its dead letter topic, and the routes at which the control app takes either."""

    pubsubname: str
    topic: str
    dead: str
    route: str
    dead_route: str


@dataclass(frozen=True)
class DeadLetter:
    """A subscription that declares a dead letter topic, and the app's own route for that topic."""

    declared: Subscription
    handler: EventRoute


def running(check: Check) -> tuple[Subscription, ...]:
    """Give every subscription of the running app but those of the harness' own topics."""
    every = knowledge.subscriptions_of(check.environment)
    return tuple(one for one in every if not all(path.startswith(_PROBE_ROUTES) for path in one.routes))


def declared(check: Check) -> tuple[Subscription, ...]:
    """Give the subscriptions that declare a dead letter topic."""
    return tuple(one for one in running(check) if one.dead_letter_topic)


def handled(check: Check) -> tuple[DeadLetter, ...]:
    """Give the declared dead letter topics that the app handles itself.

    Raises:
        Unsupported: there is none.

    """
    routes = events.routes(check)
    found = tuple(
        DeadLetter(one, route)
        for one in declared(check)
        for route in routes
        if (one.pubsubname, one.dead_letter_topic) == (route.subscription.pubsubname, route.subscription.topic)
    )
    if not found:
        raise Unsupported("the app handles no dead letter topic itself", DECLARE_LINE)
    return found


def of(check: Check, subscription: Subscription) -> DeadLetter:
    """Give the dead letter topic of one subscription.

    Raises:
        Unsupported: it declares none that the app handles.

    """
    for dead in handled(check):
        if (dead.declared.pubsubname, dead.declared.topic) == (subscription.pubsubname, subscription.topic):
            return dead
    raise Unsupported(f"topic {subscription.topic} has no dead letter topic that the app handles", DECLARE_LINE)


def at(check: Check, topic: str) -> DeadLetter:
    """Give the dead letter topic of the subscription to `topic`; raises Unsupported as `of` does."""
    for dead in handled(check):
        if dead.declared.topic == topic:
            return dead
    raise Unsupported(f"topic {topic} has no dead letter topic that the app handles here", DECLARE_LINE)


def cases(check: Check) -> SearchStrategy[dict[str, Any]]:
    """Give {"topic"}: a topic whose dead letters the app handles."""
    names = st.deferred(lambda: st.sampled_from([dead.declared.topic for dead in handled(check)]))
    return st.fixed_dictionaries({"topic": names})


def subscribed_by_siblings(check: Check) -> set[tuple[str, str]]:
    """Give (pub/sub component, topic) of all that the other apps of the run subscribe, as their sidecars tell."""
    found: set[tuple[str, str]] = set()
    for unit in check.environment.plan.siblings:
        rows = Metadata(check.environment.http_client(unit.sidecar.http)).read().get("subscriptions") or ()
        found |= {(str(row.get("pubsubname")), str(row.get("topic"))) for row in rows if isinstance(row, dict)}
    return found


def refuse_unpublishable(check: Check, pubsubname: str, topic: str) -> None:
    """Raise Unsupported, with the place that would let it, if the app's own sidecar may not publish a topic."""
    for component in check.target.components_of("pubsub"):
        name = denied_by(component, PUBLISHING, check.target.app_id, topic)
        if component.name == pubsubname and name:
            item = entry(component, name)
            place = item.location if item else component.location
            raise Unsupported(
                f"the app's own sidecar may not publish {topic}", f"{place}: {name} with {check.target.app_id}={topic}"
            )


def publish(check: Check, pubsubname: str, topic: str, marker: str, data: Any) -> None:
    """Publish one JSON event with the id `marker` through the app's sidecar.

    Raises:
        Violation: the sidecar does not take it.

    """
    body = json.dumps(data).encode()
    reply = check.pubsub(pubsubname).publish(topic, body, metadata={"cloudevent.id": marker})
    if reply.status != 204:
        raise Violation("204 for an event that is published", str(reply), calls=(reply,))


def await_behind(check: Check, pair: Pair, since: int) -> None:
    """Wait until all that came of earlier events of a pair is over: first on its topic, then on the dead letter topic.

    The broker keeps the order of a topic: an event published now comes after everything of those before it.

    Raises:
        Violation: an event published now does not arrive.

    """
    for topic, path in ((pair.topic, pair.route), (pair.dead, pair.dead_route)):
        marker = check.fresh("behind")
        publish(check, pair.pubsubname, topic, marker, {"marker": marker})
        if not check.inbound.wait(Match(path=path, body=marker, complete=True), since=since, timeout_s=_WAIT_S):
            raise Violation(f"the next event of topic {topic} is delivered too", f"not within {_WAIT_S:g} s")
