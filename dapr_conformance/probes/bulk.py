"""Sets of records that are saved and read together: sizes around the borders of chunks, gaps, repeats."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers import bulk_view
from dapr_conformance.probes import requests
from dapr_conformance.probes.outcome import Unsupported, Violation
from dapr_conformance.target.model import Bulk, Request
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

# Around what programs read and write at a time: 10, 20 and 100.
SIZES = (1, 2, 9, 10, 11, 19, 20, 21, 99, 100, 101)
MOST = max(SIZES)
GET_LINE = 'state.bulk.get: {method: GET, path: "/...?ids={ids}"} in dapr-conformance.yaml'
_UNDECLARED = {
    "get": ("no route that shows several records at once is declared", GET_LINE),
    "save": (
        "no route that saves several records at once is declared",
        'state.bulk.save: {method: POST, path: /..., body: "{records}"} in dapr-conformance.yaml',
    ),
}


def picks() -> SearchStrategy[dict[str, Any]]:
    """Give which records are asked for: {"size", "missing", "twice", "order"}; see `picked`."""
    few = st.sampled_from((0, 0, 1, 2, 5))
    fields = {"size": st.sampled_from(SIZES), "missing": few, "twice": few, "order": st.integers(0, 2**16)}
    return st.fixed_dictionaries(fields)


def picked(case: Mapping[str, Any], names: Sequence[str], stored: int) -> list[str]:
    """Give the names of a case in the order in which they are asked for.

    `size` of them, at least `missing` of these not there, and `twice` of them once more.

    Args:
        case: see `picks`.
        names: of which the first `stored` are there; as many others as a case may ask for stand behind them.
        stored: how many are there.

    """
    order, missing = random.Random(case["order"]), min(case["size"], case["missing"])  # noqa: S311 - no secret
    there = min(stored, case["size"] - missing)
    found = order.sample(names[:stored], there) + order.sample(names[stored:], case["size"] - there)
    found += order.sample(found, min(len(found), case["twice"]))
    order.shuffle(found)
    return found


def drawn(bodies: SearchStrategy[Any], count: int, seed: int) -> list[Any]:
    """Give `count` bodies, as different as the strategy makes them."""
    found: list[Any] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies)
    def draw(body: Any) -> None:
        found.append(body)

    draw()
    return list(islice(cycle(found), count))


def routes_of(check: Check, name: str) -> Request:
    """Give the declared route that shows (`get`) or saves (`save`) several records at once.

    Raises:
        Unsupported: none is declared; says the line that would.

    """
    requests.entity_of(check)
    declared = check.target.manifest.bulk
    route = getattr(declared, name) if declared else None
    if route is None:
        raise Unsupported(*_UNDECLARED[name])
    found: Request = route
    return found


def get(check: Check, identifiers: Sequence[str]) -> Exchange:
    """Ask for several records at once; raises Unsupported as `routes_of` does."""
    route = routes_of(check, "get")
    path = route.path.replace("{ids}", ",".join(quote(each, safe="") for each in identifiers))
    return requests.send(check, replace(route, path=path), "", body=_filled(route.body, "{ids}", list(identifiers)))


def save(check: Check, records: Mapping[str, Any]) -> Exchange:
    """Save several records at once; raises Unsupported as `routes_of` does."""
    route, name = routes_of(check, "save"), _declared(check).id_field
    rows = [{**body, name: identifier} for identifier, body in records.items()]
    return requests.send(check, route, "", body=_filled(route.body, "{records}", rows))


def shown(check: Check, asked: Sequence[str], records: Mapping[str, Any]) -> Exchange:
    """Ask for several records; raise Violation unless each that is there is shown as itself, and nothing else is."""
    exchange = get(check, asked)
    declared = _declared(check)
    rows = (
        bulk_view.rows(exchange.response_body, declared.records, declared.id_field) if requests.ok(exchange) else None
    )
    problem = "" if rows is None else bulk_view.problem(asked, records, rows)
    if rows is None or problem:
        known = sum(each in records for each in set(asked))
        expected = f"2xx with the {known} records that there are of {len(asked)}"
        raise Violation(expected, problem or requests.said(exchange), calls=(exchange,))
    return exchange


def _declared(check: Check) -> Bulk:
    return check.target.manifest.bulk or Bulk()


def _filled(template: Any, text: str, value: Any) -> Any:
    if isinstance(template, dict):
        return {key: _filled(each, text, value) for key, each in template.items()}
    return value if template == text else template
