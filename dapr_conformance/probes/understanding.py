"""What an app understood of an event, and what it publishes: which events tell, and where it shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers.json_pointer import found_at
from dapr_conformance.checkers.json_value import equal
from dapr_conformance.checkers.writes import block_of
from dapr_conformance.probes import entity, envelopes, events, handlers, outgoing, requests, stores
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.probes.schema_values import values
from dapr_conformance.target.model import Request
from dapr_conformance.warden.protocol import Exchange, Match

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

PUBLISHED = "an event that the app published"
_SAVE = "the declared save"
Cases = SearchStrategy[dict[str, Any]]


def valid(check: Check) -> Cases:
    """Give the declared valid events in every form: {"route", "form"}."""
    paths = st.deferred(lambda: st.sampled_from([route.path for route in events.declaring(check, "valid")]))
    return st.fixed_dictionaries({"route": paths, "form": envelopes.forms()})


def echoed(check: Check) -> Cases:
    """Give events of which the app shows what it understood: {"route", "data", "form"}."""

    def cases() -> Cases:
        return st.one_of([_echoed(route) for route in events.declaring(check, "valid", "echo")])

    return st.deferred(cases)


def _echoed(route: events.EventRoute) -> Cases:
    schema = route.topic.schema if route.topic else None
    data = st.just(route.topic.valid if route.topic else None) if schema is None else values(schema)
    return st.fixed_dictionaries({"route": st.just(route.path), "data": data, "form": envelopes.forms()})


def difference(check: Check, route: events.EventRoute, identifier: str, data: Any) -> str:
    """Give how what the app shows differs from the data of an event; empty when it does not.

    Raises:
        Inconclusive: it shows nothing that can be read.

    """
    echo = route.topic.echo if route.topic else None
    if echo is None:
        return ""
    shown = _shown(check, echo.get, echo.key, echo.store, identifier)
    pairs = [(place, found_at(data, source), found_at(shown, place)) for place, source in echo.shows.items()]
    wrong = [f"{place or 'the whole'} is {json.dumps(got)[:300]}" for place, sent, got in pairs if not equal(sent, got)]
    return "; ".join(wrong)


def _shown(check: Check, path: str | None, key: str | None, store: str | None, identifier: str) -> Any:
    if path is not None:
        exchange = requests.send(check, Request("GET", path), identifier)
        status, body, said = exchange.status, exchange.response_body, requests.said(exchange)
    else:
        reply = check.state(store or stores.state_component(check)).get(requests.filled(key, identifier))
        status, body, said = reply.status, reply.body, str(reply)
    try:
        if status == 200:
            return json.loads(body)
    except ValueError:
        pass
    raise Inconclusive(f"what was understood cannot be read: {said}")


def publishing(check: Check) -> Cases:
    """Give what makes the app publish: {"cause": path of a route, or the save; "body"}."""
    declared = check.target.manifest.entity
    bodies = values(declared.body_schema) if declared else st.none()
    causes = st.deferred(lambda: st.sampled_from(_causes(check)))
    return st.fixed_dictionaries({"cause": causes, "body": bodies})


def _causes(check: Check) -> list[str]:
    """Find them by trying.

    Raises:
        Unsupported: nothing made it publish.

    """
    try:
        paths = [route.path for route in events.routes(check)]
    except Unsupported:
        paths = []
    saves = [_SAVE] if check.target.manifest.entity else []
    found = [cause for cause in (*paths, *saves) if _sent_by(check, cause, _sample(check))]
    if found:
        return found
    line = "topics.<topic>: {valid: ...} or state.entity: {...} in dapr-conformance.yaml"
    raise Unsupported("nothing that is known to be sent to the app makes it publish", line)


def _sample(check: Check) -> Any:
    given = [request.body for topic in check.target.manifest.topics.values() for request in topic.given]
    return next(iter(given), {})


def published(check: Check, case: dict[str, Any]) -> list[Exchange]:
    """Give what the app publishes because of one case."""
    found = _sent_by(check, case["cause"], case["body"])
    check.seen(PUBLISHED, len(found))
    return found


def _sent_by(check: Check, cause: str, body: Any) -> list[Exchange]:
    since, identifier = outgoing.marks(check), events.identifier(check)
    if cause == _SAVE:
        entity.save(check, identifier, body)
    else:
        route = events.route_at(check, cause)
        events.deliver(check, route, handlers.good_event(check, route, identifier, {}))
    whole = Match(complete=True)  # of what is under way beside this one the body is not there yet
    calls = outgoing.calls(check, since, whole)
    return [call for call in calls if block_of(call) == "publish" and "/bulk/" not in call.target]
