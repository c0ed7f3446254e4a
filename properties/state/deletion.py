"""Property 3, deletion: what is deleted is gone, and nothing else is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Unsupported, Violation, requirement, seam, wire
from dapr_conformance.probes import entity, outgoing, requests, stores
from dapr_conformance.probes.schema_values import values
from dapr_conformance.probes.strategies import json_values, state_key_suffixes

if TYPE_CHECKING:
    from dapr_conformance import Check

SOURCE = "Dapr docs: reference/api/state_api, Delete state"
_DELETE = Match(method="DELETE", path=r"/v1\.0/state/.*")
_READ = Match(method="GET", path=r"/v1\.0/state/.*")
_GONE = (404, 410)
_DELAY_S = 0.1  # far beyond what a deletion takes
_FAILED, _LATE = "a deletion that failed", "a deletion or save that was late"


@requirement(
    "A deleted key MUST be gone, deleting it again MUST succeed, and a stale ETag MUST stop a deletion.",
    title="Deletion",
    block="state",
    vantage="sidecar",
    number=3,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    api_only=True,
    needs=("state",),
    broken_by=(
        wire("a deletion is answered and not done", ("probe", Rule(_DELETE, "fail", status=204))),
        wire("a deleted key is read", ("probe", Rule(_READ, "fail", status=200, body='"ghost"'))),
        wire("a deletion is refused", ("probe", Rule(_DELETE, "alter_response", status=404))),
        wire("a stale ETag deletes", ("probe", Rule(_DELETE, "alter_request", remove_headers=("If-Match",)))),
        wire(
            "one deletion of many is not done",
            ("probe", Rule(_DELETE, "fail", status=204, skip=18, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar with the target's own state component."""
    pairs = st.fixed_dictionaries({"key": state_key_suffixes(), "value": json_values()})
    check.for_all("a deleted key is gone", pairs, _deleted_key_is_gone)
    check.for_all("a stale ETag stops a deletion", json_values(), _stale_etag_stops, share=0.5)


def _deleted_key_is_gone(check: Check, case: dict[str, Any]) -> None:
    store, key = check.state(stores.state_component(check)), check.fresh("k") + case["key"]
    beside = key + "0"
    for each in (key, beside):
        stores.answered(store.save(each, case["value"]), 204)
    for _ in range(2):  # the second time there is nothing to delete
        stores.answered(store.delete(key), 204)
        stores.answered(store.get(key), 204)
    stores.answered(store.get(beside), 200)
    stores.answered(store.save(key, case["value"]), 204)
    stores.answered(store.get(key), 200)


def _stale_etag_stops(check: Check, value: Any) -> None:
    store, key = check.state(stores.state_component(check)), check.fresh()
    stores.answered(store.save(key, value), 204)
    stale = stores.answered(store.get(key), 200).header("etag")
    stores.answered(store.save(key, "newer"), 204)
    stores.answered(store.delete(key, etag=stale), 409)
    current = stores.answered(store.get(key), 200).header("etag")
    check.seen("a deletion with a stale ETag")
    stores.answered(store.delete(key, etag=current), 204)
    stores.answered(store.get(key), 204)


@requirement(
    "A record that the app says it deleted MUST be gone from its routes and from its store, and stay gone; nothing "
    "else MUST be deleted; a deletion that failed or met a conflict MUST NOT be answered as success.",
    title="Deletion",
    block="state",
    vantage="app",
    number=3,
    source=SOURCE,
    needs=("state",),
    broken_by=(
        seam("ack_without_deleting"),
        seam("delete_behind"),
        seam("tombstone"),
        seam("delete_alike"),
        seam("delete_any_version"),
        seam("delete_once"),
        seam("still_listed"),
        seam("stale_cache"),
        seam("write_behind"),
        seam("swallow_failure"),
        seam("swallow_conflict"),
    ),
)
def app(check: Check) -> None:
    """Judge the app by the delete route of the record that its manifest declares."""
    declared = check.target.manifest.entity
    bodies = values(declared.body_schema) if declared else st.just({})
    width = entity.width(check)
    check.for_all("a deleted record is gone", bodies, _deleted_record_is_gone, width=width, share=0.7)
    check.for_all("nothing else is deleted", bodies, _nothing_else_is_deleted, share=0.1)
    check.for_all("a deleted record stays gone", bodies, _deleted_record_stays_gone, share=0.05, trigger=_LATE)
    check.for_all("a failed deletion is no success", bodies, _failed_deletion_is_no_success, share=0.1, trigger=_FAILED)
    check.for_all("a stale condition stops a deletion", bodies, _stale_condition_stops, share=0.1)


def _deleted_record_is_gone(check: Check, body: Any) -> None:
    identifier, since = requests.identifier(check), outgoing.marks(check)
    entity.saved(check, identifier, body)
    entity.shown(check, identifier, body)
    listed = entity.listed(check, identifier)
    kept = entity.keys_of(check, identifier, since)
    entity.deleted(check, identifier)
    _expect_gone(check, identifier)
    if listed and entity.listed(check, identifier):
        raise Violation(f"a list without the deleted record {identifier}", "it is listed")
    _expect_not_kept(check, kept)
    again = entity.delete(check, identifier)
    if again.status is None or again.status >= 500:
        raise Violation("no server error for deleting what is not there", requests.said(again), calls=(again,))
    check.seen("a record deleted")


def _expect_gone(check: Check, identifier: str) -> None:
    exchange = entity.get(check, identifier)
    if exchange.status in _GONE:
        return
    other = requests.identifier(check)
    never = entity.get(check, other)  # some apps show what is not there as an empty success
    shown, empty = (e.response_body.replace(i.encode(), b"") for e, i in ((exchange, identifier), (never, other)))
    if (exchange.status, shown) != (never.status, empty):
        expected = f"404 or 410 for a deleted record, or what a record that never was gets: {requests.said(never)}"
        raise Violation(expected, requests.said(exchange), calls=(exchange, never))


def _expect_not_kept(check: Check, kept: list[tuple[str, str]]) -> None:
    with contextlib.suppress(Unsupported):  # where the state API is closed, nobody can look
        left = [(key, reply) for store, key in kept if (reply := check.state(store).get(key)).status != 204]
        if left:
            # A record beside another one that was deleted may be a log of what happened.
            keys, calls = ", ".join(key for key, _ in left), [reply for _, reply in left]
            warned = len(left) < len(kept)
            raise Violation(f"nothing in the store under {keys}", str(calls[0]), calls=calls, warned=warned)


def _nothing_else_is_deleted(check: Check, body: Any) -> None:
    one = requests.identifier(check, "a")
    others = entity.near(check, one)
    for identifier in (one, *others):
        entity.saved(check, identifier, body)
    left = [one, *others]
    for identifier in (others[1], one):  # a longer one first: neither beginning may go with it
        entity.deleted(check, identifier)
        left.remove(identifier)
        for other in left:
            entity.shown(check, other, body)
    check.seen("a record deleted among near ones")


def _deleted_record_stays_gone(check: Check, body: Any) -> None:
    identifier, since = requests.identifier(check), outgoing.marks(check)
    # One late save, because an app that waits for its index would wait for all of them.
    with outgoing.delayed(check, "state", _DELAY_S, ("POST", "PUT"), limit=1) as saves:
        entity.saved(check, identifier, body)
        entity.deleted(check, identifier)
        outgoing.await_end(check, since)
        _expect_gone(check, identifier)
    entity.saved(check, identifier, body)
    with outgoing.delayed(check, "state", _DELAY_S, ("DELETE",)) as deletions:
        entity.deleted(check, identifier)
        _expect_gone(check, identifier)
    late = outgoing.count([*saves, *deletions])
    if not late:
        outgoing.refuse_unseen(check, since, "deletes")
    check.seen(_LATE, late)


def _failed_deletion_is_no_success(check: Check, body: Any) -> None:
    identifier, since = requests.identifier(check), outgoing.marks(check)
    entity.saved(check, identifier, body)
    with outgoing.failing(check, "state") as applied:
        exchange = entity.delete(check, identifier)
    if not outgoing.count(applied):
        outgoing.refuse_unseen(check, since, "deletes")
    check.seen(_FAILED, outgoing.count(applied))
    if requests.ok(exchange):
        raise Violation("no success after every write of this request had failed", requests.said(exchange))


def _stale_condition_stops(check: Check, body: Any) -> None:
    header = entity.condition(check)
    identifier = requests.identifier(check)
    entity.saved(check, identifier, body)
    stale = entity.version(entity.shown(check, identifier, body))
    entity.saved(check, identifier, body)
    late = entity.delete(check, identifier, ((header, stale),))
    if late.status not in entity.CONFLICTS:
        raise Violation("409 or 412 for a deletion with a stale condition", requests.said(late), calls=(late,))
    current = entity.version(entity.shown(check, identifier, body))
    check.seen("a deletion with a stale condition")
    entity.deleted(check, identifier, ((header, current),))
    _expect_gone(check, identifier)
