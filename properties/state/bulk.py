"""Property 4, bulk state: what is saved and read together is what would be saved and read one by one."""

from __future__ import annotations

import contextlib
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Unsupported, Violation, requirement, seam, wire
from dapr_conformance.checkers import bulk_answer
from dapr_conformance.checkers.json_value import same
from dapr_conformance.probes import bulk, bulk_answers, entity, outgoing, requests, stores
from dapr_conformance.probes.schema_values import values
from dapr_conformance.probes.strategies import json_values, state_key_suffixes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from dapr_conformance import Check, Reply
    from dapr_conformance.building_blocks.state import StateStore

SOURCE = "Dapr docs: reference/api/state_api, Save state and Get bulk state"
_SAVE = Match(method="POST", path=r"/v1\.0/state/[^/]+")
_READ = Match(method="POST", path=r"/v1\.0/state/[^/]+/bulk")
_READ_ONE = Match(method="GET", path=r"/v1\.0/state/.*")
_STALE = Match(method="POST", path=r"/v1\.0/state/[^/]+", body='"etag"')
_BAD = {"a key with a separator": {"key": "a||b"}, "no key": {"key": ""}}
_STALE_ETAG = "a stale ETag"
_AT_ONCE = 4
_STORED = 30  # enough to stand at every border of chunks in some example, and few enough to be saved one by one
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
    api_only=True,
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
    cases = st.fixed_dictionaries({"picks": bulk.picks(), "parallelism": parallel})
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
        self._names: list[str] = []
        self._values: dict[str, Any] = {}

    def is_answered(self, check: Check, case: dict[str, Any]) -> None:
        store = check.state(stores.state_component(check))
        if not self._values:
            name = check.fresh("many")
            self._names = [f"{name}-{number}-ä" for number in range(2 * bulk.MOST)]
            self._values = {key: [number] for number, key in enumerate(self._names[: bulk.MOST])}
            _save_all(store, self._values)
        asked = bulk.picked(case["picks"], self._names, bulk.MOST)
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


@requirement(
    "Records that the app shows or saves together MUST be those that it would show or save one by one, whatever the "
    "order of the sidecar's answer, and a record that could not be read or saved MUST NOT be answered as success.",
    title="Bulk state",
    block="state",
    vantage="app",
    number=4,
    source=SOURCE,
    needs=("state",),
    broken_by=(
        seam("bulk_by_position"),
        seam("bulk_errors_as_missing"),
        seam("bulk_lost_as_neighbour"),
        seam("bulk_stops_at_missing"),
        seam("bulk_loses_last_of_chunk"),
        seam("bulk_loses_last_of_chunk", size=100),
        seam("bulk_saves_without_last_of_chunk"),
        seam("swallow_failure"),
        seam("bulk_invents_missing"),
    ),
)
def app(check: Check) -> None:
    """Judge the app by the bulk answers that it gets, then by the bulk routes that its manifest declares."""
    declared = check.target.manifest.entity
    bodies = values(declared.body_schema) if declared else st.just({})
    records = _Records(bodies)
    cases = st.fixed_dictionaries({"play": st.sampled_from(bulk_answers.PLAYS), "order": st.integers(0, 2**16)})
    check.for_all("an altered answer misleads nobody", cases, records.mislead, share=0.3, trigger=bulk_answers.ALTERED)
    check.for_all("records shown together are as saved", bulk.picks(), records.are_shown)
    batches = st.fixed_dictionaries(
        {"size": st.sampled_from(bulk.SIZES), "bodies": st.lists(bodies, min_size=1, max_size=3)}
    )
    check.for_all("records saved together are shown", batches, _batch_is_shown, share=0.2)
    check.for_all("a failed batch is no success", st.lists(bodies, min_size=2, max_size=4), _failed_batch, share=0.1)


class _Records:
    """The app's records that are asked for, saved by the first example that needs them."""

    def __init__(self, bodies: SearchStrategy[Any]) -> None:
        self._bodies = bodies
        self._names: list[str] = []
        self._saved: dict[str, Any] = {}
        self._asking: list[bulk_answers.Ask] = []

    def mislead(self, check: Check, case: dict[str, Any]) -> None:
        if not self._asking:
            with contextlib.suppress(Unsupported):  # an app may read in bulk without a declared record
                self._save(check)
            self._asking = bulk_answers.asking(check, self._names[_STORED : _STORED - 5 : -1])
        bulk_answers.judge(check, self._asking[case["order"] % len(self._asking)], case)

    def are_shown(self, check: Check, case: dict[str, Any]) -> None:
        self._save(check)
        bulk.shown(check, bulk.picked(case, self._names, _STORED), self._saved)
        check.seen("records shown together")

    def _save(self, check: Check) -> None:
        if self._saved:
            return
        bulk.routes_of(check, "get")
        self._names = [requests.identifier(check) for _ in range(_STORED + bulk.MOST)]
        made = bulk.drawn(self._bodies, _STORED, check.selection.seed)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(partial(entity.saved, check), self._names, made))
        self._saved = dict(zip(self._names, made, strict=False))


def _batch_is_shown(check: Check, case: dict[str, Any]) -> None:
    records = _named(check, case["size"], case["bodies"])
    _saved_together(check, records)
    for identifier in (*records,)[-1::-9]:  # the last one, and those at the ends of chunks
        entity.shown(check, identifier, records[identifier])
    check.seen("records saved together")


def _failed_batch(check: Check, bodies: list[Any]) -> None:
    records, since = _named(check, len(bodies), bodies), outgoing.marks(check)
    bulk.routes_of(check, "save")
    with outgoing.failing(check, "state") as applied:
        exchange = bulk.save(check, records)
    if not outgoing.count(applied):
        outgoing.refuse_unseen(check, since, "saves")
    check.seen("a batch that failed", outgoing.count(applied))
    if requests.ok(exchange):
        raise Violation("no success after every write of this request had failed", requests.said(exchange))


def _saved_together(check: Check, records: Mapping[str, Any]) -> None:
    exchange = bulk.save(check, records)
    if not requests.ok(exchange):
        expected = f"2xx for {len(records)} records that the declared schema allows"
        raise Violation(expected, requests.said(exchange), calls=(exchange,))


def _named(check: Check, size: int, bodies: list[Any]) -> dict[str, Any]:
    return {requests.identifier(check): body for _, body in zip(range(size), itertools.cycle(bodies), strict=False)}
