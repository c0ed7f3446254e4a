"""The topics of the sidecar-side checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import Queue
from typing import TYPE_CHECKING, Generic, TypeVar

from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Component, MetadataItem, Subscription, Target

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_RAW = 4  # few, because few examples are about them
T = TypeVar("T")


@dataclass(frozen=True)
class ProbeTopics:
    """Topics of one component: plain ones, pairs of a topic with its dead letter topic, and raw ones."""

    pubsubname: str
    plain: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    raw: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A topic and the route at which the control app takes its events."""

    pubsubname: str
    topic: str
    route: str


class Lent(Generic[T]):
    """Things of which each serves one example at a time, so that what comes there is that example's."""

    def __init__(self, things: Sequence[T]) -> None:
        self.width = max(1, len(things))
        self._empty = not things
        self._free: Queue[T] = Queue()
        for thing in things:
            self._free.put(thing)

    @contextmanager
    def one(self) -> Iterator[T]:
        """Lend one while the block runs, waiting for it if need be.

        Raises:
            Unsupported: there is none, because the target has no pub/sub component.

        """
        if self._empty:
            raise Unsupported("the app has no pub/sub component", "a Component of type pubsub.* in the resources path")
        thing = self._free.get()
        try:
            yield thing
        finally:
            self._free.put(thing)


def plain(check: Check) -> Lent[Place]:
    """Give the probe topics of this arena, by turns."""
    found = probe_topics(check.target, check.requirement.arena.topics)
    return _lent(found, found.plain if found else (), 0)


def raw(check: Check) -> Lent[Place]:
    """Give the probe topics of this arena that are subscribed with `rawPayload`, by turns."""
    count = check.requirement.arena.topics
    found = probe_topics(check.target, count)
    return _lent(found, found.raw if found else (), 3 * count)


def _lent(found: ProbeTopics | None, names: Sequence[str], first: int) -> Lent[Place]:
    pubsubname = found.pubsubname if found else ""
    return Lent([Place(pubsubname, topic, f"/dc/deliver/{number}") for number, topic in enumerate(names, first)])


def probe_topics(target: Target, count: int) -> ProbeTopics | None:
    """Give `count` plain topics, `count` pairs and a few raw ones on the target's first pub/sub component."""
    components = target.components_of("pubsub")
    if not components or not count:
        return None
    names = _names(count)
    pairs = zip(names[count : 2 * count], names[2 * count : 3 * count], strict=True)
    return ProbeTopics(components[0].name, tuple(names[:count]), tuple(pairs), tuple(names[3 * count :]))


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
    wanted += [("deliver", topic, None) for topic in found.raw]
    return tuple(
        Subscription(
            found.pubsubname,
            topic,
            (f"/dc/{kind}/{number}",),
            dead,
            metadata={"rawPayload": "true"} if topic in found.raw else {},
        )
        for number, (kind, topic, dead) in enumerate(wanted)
    )


def _names(count: int) -> list[str]:
    return [f"dc-probe-{number}" for number in range(3 * count + _RAW)]


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
