"""Events for an app, as its sidecar delivers them: where to, in which envelope, and what came of them.

Rule: CloudEvents 1.0 in structured JSON mode; Dapr docs "Publishing & subscribing messages with CloudEvents".
An event is sent straight to the app at the inbound recorder, so neither scopes nor a broker stand in between.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dapr_conformance.checkers.inbound_policy import InboundPolicy, inbound_policy
from dapr_conformance.checkers.json_pointer import found_at
from dapr_conformance.environment.configuration import scaled
from dapr_conformance.environment.stand_ins import embedded
from dapr_conformance.probes import knowledge, requests
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.target.model import Request, Subscription, Target, Topic
from dapr_conformance.warden.protocol import Exchange, Injection

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

CLOUD_EVENT = "application/cloudevents+json"
SUBSCRIBE_LINE = "a Subscription file, or an entry in the app's answer to GET /dapr/subscribe"
ANSWER_S = 30.0  # how long an app may take where no timeout policy says otherwise
_PROBE_ROUTES = "/dc/"
Result = TypeVar("Result")


@dataclass(frozen=True)
class EventRoute:
    """A route that daprd delivers to: its path, the subscription, and what the manifest says of the topic."""

    path: str
    subscription: Subscription
    topic: Topic | None = None

    def declares(self, *names: str) -> bool:
        """Tell whether the manifest declares all of these for the topic: `valid`, `invalid`, `failing`, `effect`."""
        return self.topic is not None and self.topic.declared.issuperset(names)


def routes(check: Check, *, bulk: bool = False) -> tuple[EventRoute, ...]:
    """Give every subscribed route of the running app, those that take single events or those that take bulks.

    Raises:
        Unsupported: there is none.

    """
    found = tuple(
        EventRoute("/" + path.lstrip("/"), subscription, _declared(check.target, subscription))
        for subscription in knowledge.subscriptions_of(check.environment)
        for path in subscription.routes
        if subscription.bulk is bulk and not path.startswith(_PROBE_ROUTES)
    )
    if not found:
        raise Unsupported(f"the app subscribes to no topic{' in bulk' if bulk else ''}", SUBSCRIBE_LINE)
    return found


def route_at(check: Check, path: str) -> EventRoute:
    """Give the subscribed route with this path.

    Raises:
        Unsupported: the running app does not subscribe with it.

    """
    for route in routes(check):
        if route.path == path:
            return route
    raise Unsupported(f"nothing is subscribed with the route {path} here", SUBSCRIBE_LINE)


def declaring(check: Check, *names: str) -> tuple[EventRoute, ...]:
    """Give the routes whose topic declares all of these in the manifest.

    Raises:
        Unsupported: none does; says the line that would.

    """
    every = routes(check)
    found = tuple(route for route in every if route.declares(*names))
    if not found:
        wanted = ", ".join(f"{name}: ..." for name in names)
        lines = f"topics.{every[0].subscription.topic}: {{{wanted}}} in dapr-conformance.yaml"
        raise Unsupported(f"no topic declares {' and '.join(names)}", lines)
    return found


def identifier(check: Check) -> str:
    """Give a fresh identifier, one that the declared entity's key schema allows if there is an entity."""
    return requests.identifier(check) if check.target.manifest.entity else check.fresh("c")


def envelope(
    check: Check, route: EventRoute, data: Any, *, without: Collection[str] = (), **attributes: Any
) -> dict[str, Any]:
    """Give the envelope that daprd makes of JSON published on the route's topic, with a fresh id.

    Args:
        check: the running check.
        route: where it will be delivered.
        data: a JSON value; left out where there is an attribute `data_base64`.
        without: names of attributes that are left out.
        attributes: attributes that are added or replaced.

    """
    made = {
        "data": data,
        "datacontenttype": "application/json",
        "id": check.fresh("event"),
        "pubsubname": route.subscription.pubsubname,
        "source": check.target.app_id,
        "specversion": "1.0",
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "topic": route.subscription.topic,
        "type": "com.dapr.event.sent",
    }
    left_out = {*without, *(["data"] if "data_base64" in attributes else [])}
    return {name: value for name, value in {**made, **attributes}.items() if name not in left_out}


def deliver(
    check: Check,
    route: EventRoute,
    event: dict[str, Any],
    *,
    content_type: str = CLOUD_EVENT,
    headers: tuple[tuple[str, str], ...] = (),
    timeout_s: float = ANSWER_S,
    written: str | None = None,
) -> Exchange:
    """Deliver one event to a route of the app, as daprd would, and give the exchange.

    Args:
        check: the running check.
        route: the route; a gRPC app is told by which topic the event comes.
        event: the whole envelope.
        content_type: of the request; `application/cloudevents+json` with or without parameters.
        headers: more headers.
        timeout_s: how long the app may take; after it `status` is None.
        written: the envelope as JSON text, where it is to be written in another way than usual.

    """
    body = (json.dumps(event) if written is None else written).encode("utf-8", "replace")
    topic = (("topic", route.subscription.topic),) if check.target.app.protocol == "grpc" else ()
    lines = (("content-type", content_type), *topic, *headers)
    return check.inbound.send(Injection("POST", route.path, lines, body, timeout_s))


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make calls beside one another, all begun together, and give their results in the order of the calls."""
    gate = threading.Barrier(len(calls))

    def begun(call: Callable[[], Result]) -> Result:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begun, calls))


def sample(route: EventRoute, name: str, identifier: str) -> Any:
    """Give the declared data `valid`, `invalid` or `failing` of the route's topic with `{id}` filled in."""
    return requests.filled(getattr(route.topic, name), identifier)


def prepare(
    check: Check, topics: Sequence[EventRoute], identifier: str, headers: tuple[tuple[str, str], ...] = ()
) -> None:
    """Send the requests that the manifest says must come before the events of these routes (`given`), each once.

    Raises:
        Inconclusive: the app refuses one, so that nothing can be said of the events.

    """
    given = [request for route in topics if route.topic for request in route.topic.given]
    for number, request in enumerate(given):
        if request in given[:number]:
            continue
        exchange = requests.send(check, request, identifier, headers=headers)
        if not requests.ok(exchange):
            raise Inconclusive(f"a `given` request was refused: {requests.said(exchange)}")


def effect_count(check: Check, route: EventRoute, identifier: str) -> int:
    """Give how often the declared effect of the route's events shows for an identifier; 0 where there is no record.

    Raises:
        Unsupported: no effect is declared for the topic.
        Inconclusive: the app does not show it: the answer is neither 2xx JSON nor 404.

    """
    if route.topic is None or route.topic.effect is None:
        line = f"topics.{route.subscription.topic}.effect: {{get: ..., count: ...}} in dapr-conformance.yaml"
        raise Unsupported(f"no effect is declared for topic {route.subscription.topic}", line)
    effect = route.topic.effect
    exchange = requests.send(check, Request("GET", effect.get), identifier)
    if exchange.status == 404:
        return 0
    try:
        return counted(json.loads(exchange.response_body), effect.count) if requests.ok(exchange) else _unseen(exchange)
    except ValueError:
        return _unseen(exchange)


def _unseen(exchange: Exchange) -> int:
    raise Inconclusive(f"the declared effect cannot be read: {requests.said(exchange)}")


def counted(document: Any, pointer: str) -> int:
    """Give what a JSON pointer (RFC 6901) counts: a number itself, a list its items, anything else 1 if present."""
    document = found_at(document, pointer)
    if document is None or isinstance(document, bool):
        return int(bool(document))
    if isinstance(document, (int, float)):
        return int(document)
    return len(document) if isinstance(document, list) else 1


def policy(check: Check, pubsubname: str, *, own: bool = False) -> InboundPolicy:
    """Give the Resiliency policy of deliveries from a pub/sub component: as this arena runs it, or the files' own."""
    target = check.target
    documents = [r.document for r in target.resiliencies if not r.scopes or target.app_id in r.scopes]
    if not own and check.requirement.arena.policy == "scaled":
        documents = [scaled(document) for document in documents]
    return inbound_policy(documents, pubsubname)


def rounds(check: Check, pubsubname: str) -> int:
    """Give how often a pub/sub component hands an event over that its sidecar could not deliver."""
    running = embedded(check.target, Path()).stand_ins
    return check.expectations.rounds(next(each.type for each in running if each.name == pubsubname))


def _declared(target: Target, subscription: Subscription) -> Topic | None:
    for topic in target.manifest.topics.values():
        if topic.name == subscription.topic and topic.pubsubname in (None, subscription.pubsubname):
            return topic
    return None
