"""Property 4, bulk state: what is saved and read together is what would be saved and read one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Violation, requirement, wire
from dapr_conformance.checkers import bulk_answer
from dapr_conformance.checkers.json_value import same
from dapr_conformance.probes import stores
from dapr_conformance.probes.bulk import STORED, picked, picks
from dapr_conformance.probes.strategies import json_values, state_key_suffixes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dapr_conformance import Check, Reply
    from dapr_conformance.building_blocks.state import StateStore

SOURCE = "Dapr docs: reference/api/state_api, Save state and Get bulk state"
_SAVE = Match(method="POST", path=r"/v1\.0/state/[^/]+")
_READ = Match(method="POST", path=r"/v1\.0/state/[^/]+/bulk")
_READ_ONE = Match(method="GET", path=r"/v1\.0/state/.*")
_STALE = Match(method="POST", path=r"/v1\.0/state/[^/]+", body='"etag"')
_BAD = {"a key with a separator": {"key": "a||b"}, "no key": {"key": ""}}
_STALE_ETAG = "a stale ETag"
_REFUSED = "a batch with a bad item"


@requirement(
    "What is saved in one batch MUST all be stored, a batch that is read MUST answer each key once with its own value, "
    "and an item that is refused MUST NOT take others with it.",
    title="Bulk state",
    block="state",
    vantage="sidecar",
    number=4,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    needs=("state",),
    broken_by=(
        wire("a batch is answered and not saved", ("probe", Rule(_SAVE, "fail", status=204))),
        wire("a batch is read as empty", ("probe", Rule(_READ, "fail", status=200, body="[]"))),
        wire(
            "a value is another's", ("probe", Rule(_READ, "alter_response", replace=(('"data":true', '"data":false'),)))
        ),
        wire("versions are not told", ("probe", Rule(_READ, "alter_response", replace=(('"etag":"', '"was":"'),)))),
        wire(
            "what is missing has a value",
            ("probe", Rule(_READ, "alter_response", replace=(('missing"}', 'missing","data":0}'),))),
        ),
        wire("a stale ETag in a batch is accepted", ("probe", Rule(_STALE, "alter_response", status=204, body=""))),
        wire("one value in a batch is lost", ("probe", Rule(_READ, "alter_response", replace=(("-7-", "-8-"),)))),
        wire(
            "one batch in twenty is read as empty",
            ("probe", Rule(_READ, "fail", status=200, body="[]", skip=19, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar with the target's own state component."""
    item = st.fixed_dictionaries({"key": state_key_suffixes(), "value": json_values()})
    check.for_all("a batch is stored whole", st.lists(item, min_size=1, max_size=12), _batch_is_stored)
    parallel = st.sampled_from((None, None, 0, 1, 10, 200))
    cases = st.fixed_dictionaries({"picks": picks(), "parallelism": parallel})
    check.for_all("each key is answered once", cases, _Stored().is_answered)
    values = st.lists(json_values(), min_size=2, max_size=6)
    bad = st.fixed_dictionaries(
        {"bad": st.sampled_from((_STALE_ETAG, *_BAD)), "at": st.integers(0, 5), "values": values}
    )
    check.for_all("a bad item takes no other with it", bad, _bad_item, share=0.5, trigger=_REFUSED)


def _batch_is_stored(check: Check, items: list[dict[str, Any]]) -> None:
    store, name = check.state(stores.state_component(check)), check.fresh("b")
    values = {f"{name}-{number}-{item['key']}": item["value"] for number, item in enumerate(items)}
    _save_all(store, values)
    asked = [*reversed(values), f"{name}-missing"]
    _expect(stores.answered(store.get_all(asked), 200), asked, values)
    key = asked[len(items) // 2]
    if not same(values.get(key), json.loads(stores.answered(store.get(key), 200).body)):
        raise Violation(f"{json.dumps(values[key])} under {key!r}, read alone", "another value")


def _save_all(store: StateStore, values: Mapping[str, Any]) -> None:
    stores.answered(store.save_all([{"key": key, "value": value} for key, value in values.items()]), 204)


def _expect(reply: Reply, asked: Sequence[str], values: Mapping[str, Any]) -> None:
    problem = bulk_answer.problem(asked, values, reply.body)
    if problem:
        raise Violation(f"each of {len(asked)} keys once with what is stored under it", problem, calls=(reply,))


class _Stored:
    """As many records as the largest batch reads, saved by the first example that needs them."""

    def __init__(self) -> None:
        self._name, self._values = "", {}

    def is_answered(self, check: Check, case: dict[str, Any]) -> None:
        store = check.state(stores.state_component(check))
        if not self._values:
            self._name = check.fresh("many")
            self._values = {f"{self._name}-{number}-ä": [number] for number in range(STORED)}
            _save_all(store, self._values)
        asked = [f"{self._name}-{number}-ä" for number in picked(case["picks"])]
        _expect(stores.answered(store.get_all(asked, parallelism=case["parallelism"]), 200), asked, self._values)


def _bad_item(check: Check, case: dict[str, Any]) -> None:
    component = stores.state_component(check)
    store, keys = check.state(component), [check.fresh(f"i{number}") for number in range(len(case["values"]))]
    at, kind = case["at"] % len(keys), next(c.type for c in check.target.components_of("state") if c.name == component)
    _save_all(store, dict.fromkeys(keys, "old"))
    items: list[dict[str, Any]] = [
        {"key": key, "value": value} for key, value in zip(keys, case["values"], strict=True)
    ]
    if case["bad"] == _STALE_ETAG:
        items[at] |= {"etag": store.get(keys[at]).header("etag"), "options": {"concurrency": "first-write"}}
        stores.answered(store.save(keys[at], "newer"), 204)
    else:
        items[at] |= _BAD[case["bad"]]
    stores.answered(store.save_all(items), 409 if case["bad"] == _STALE_ETAG else 400)
    check.seen(_REFUSED)
    _expect_spared(check, store, items, case["bad"], kind)


def _expect_spared(check: Check, store: StateStore, items: list[dict[str, Any]], bad: str, kind: str) -> None:
    keys = [item["key"] for item in items]
    if bad == _STALE_ETAG and check.expectations.batch_spares_others(kind):
        stored = {item["key"]: "newer" if "etag" in item else item["value"] for item in items}
        _expect(stores.answered(store.get_all(keys), 200), keys, stored)
    if bad in _BAD:  # what cannot be read as a batch is refused before anything of it is saved
        rest = [key for key in keys if key != _BAD[bad]["key"]]
        _expect(stores.answered(store.get_all(rest), 200), rest, dict.fromkeys(rest, "old"))
