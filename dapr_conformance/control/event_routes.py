"""The routes that daprd delivers to, with what the manifest says of their topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dapr_conformance.control.spec import Echo, EventRoute, OutgoingCall, TopicBehaviour
from dapr_conformance.target.model import Manifest, Subscription, Topic

_INSTRUCTED = "/dc/"
_EXAMPLES = ("valid", "invalid", "failing")


def event_routes(
    subscriptions: Sequence[Subscription], manifest: Manifest, calls: Mapping[str, Sequence[OutgoingCall]]
) -> tuple[EventRoute, ...]:
    """Give one entry for each route, in the order of the subscriptions; routes under `/dc/` need none."""
    by_route: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        for route in subscription.routes:
            by_route.setdefault(route, []).append(subscription)
    dead_letters = {(each.pubsubname, each.dead_letter_topic) for each in subscriptions if each.dead_letter_topic}
    return tuple(
        EventRoute(
            route=route,
            topics=tuple(_behaviour(each, manifest.topics.values()) for each in served),
            dead_letter=all((each.pubsubname, each.topic) in dead_letters for each in served),
            calls=tuple(calls.get(route, ())),
        )
        for route, served in by_route.items()
        if not route.startswith(_INSTRUCTED)
    )


def _behaviour(subscription: Subscription, topics: Iterable[Topic]) -> TopicBehaviour:
    named = (topic for topic in topics if topic.name == subscription.topic)
    topic = next((each for each in named if each.pubsubname in (None, subscription.pubsubname)), None)
    if topic is None:
        return TopicBehaviour(subscription.topic, subscription.pubsubname)
    values = {name: getattr(topic, name) for name in _EXAMPLES}
    return TopicBehaviour(
        topic=subscription.topic,
        pubsubname=subscription.pubsubname,
        examples={name: value for name, value in values.items() if name in topic.declared or value is not None},
        echo=Echo(topic.echo.get, topic.echo.key, topic.echo.store, topic.echo.shows) if topic.echo else None,
        effect_get=topic.effect.get if topic.effect else None,
        effect_count=topic.effect.count if topic.effect else "",
    )
