"""Property 2, state round trip: what is saved under a key is what is read from it."""

from __future__ import annotations

import itertools
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Violation, requirement, seam, wire
from dapr_conformance.checkers.json_value import same
from dapr_conformance.checkers.register_history import linearizable
from dapr_conformance.probes import entity, outgoing, record_history, requests, stores
from dapr_conformance.probes.schema_values import values
from dapr_conformance.probes.strategies import binaries, json_values, state_key_suffixes

if TYPE_CHECKING:
    from dapr_conformance import Check, Reply
    from dapr_conformance.building_blocks.state import StateStore

SOURCE = "Dapr docs: reference/api/state_api"
_READ_BESIDE = "a read beside or behind saves of one record"
_SAVE = Match(method="POST", path=r"/v1\.0/state/.*")
_READ = Match(method="GET", path=r"/v1\.0/state/.*")
_RAW_READ = Match(method="GET", path=r"/v1\.0/state/[^/]+/grpc.*")


@requirement(
    "A value saved under a key MUST be read back equal, with an ETag that is stable on read and new on write.",
    title="State round trip",
    block="state",
    vantage="sidecar",
    number=2,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    api_only=True,
    needs=("state",),
    broken_by=(
        wire("a save is answered and not done", ("probe", Rule(_SAVE, "fail", status=204))),
        wire("a read is answered with another value", ("probe", Rule(_READ, "alter_response", body='"other"'))),
        wire("the ETag is missing", ("probe", Rule(_READ, "alter_response", remove_headers=("Etag",)))),
        wire("a stale ETag is accepted", ("probe", Rule(Match(method="POST", body='"etag"'), "fail", status=204))),
        wire("bytes are others over HTTP", ("probe", Rule(_RAW_READ, "alter_response", body="{}"))),
        wire(
            "one read of many is empty", ("probe", Rule(_READ, "fail", status=204, skip=19, limit=1)), verdict="flaky"
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar with the target's own state component."""
    pairs = st.fixed_dictionaries({"key": state_key_suffixes(), "value": json_values()})
    check.for_all("what is saved is read", pairs, _saved_is_read)
    check.for_all("a stale ETag is refused", json_values(), _stale_etag_is_refused)
    raw = st.fixed_dictionaries({"key": state_key_suffixes(), "base64": binaries()})
    check.for_all("bytes are kept over gRPC", raw, _bytes_are_kept, share=0.5)


def _saved_is_read(check: Check, case: dict[str, Any]) -> None:
    store, key = check.state(stores.state_component(check)), check.fresh("k") + case["key"]
    stores.answered(store.save(key, case["value"]), 204)
    first = _read(store, key, case["value"])
    again = _read(store, key, case["value"])
    if first.header("etag") != again.header("etag"):
        raise Violation("an ETag that is stable on read", f"{first.header('etag')} then {again.header('etag')}")
    stores.answered(store.save(key, case["value"]), 204)
    if _read(store, key, case["value"]).header("etag") == first.header("etag"):
        raise Violation("a new ETag after a write", f"still {first.header('etag')}")


def _stale_etag_is_refused(check: Check, value: Any) -> None:
    store, key = check.state(stores.state_component(check)), check.fresh()
    stores.answered(store.save(key, value), 204)
    stale = _read(store, key, value).header("etag")
    stores.answered(store.save(key, "newer"), 204)
    stores.answered(store.save(key, value, etag=stale, concurrency="first-write"), 409)
    _read(store, key, "newer")
    check.seen("a save with a stale ETag")


def _bytes_are_kept(check: Check, case: dict[str, Any]) -> None:
    store, key, value = (
        check.state_over_grpc(stores.state_component(check)),
        check.fresh("grpc") + case["key"],
        b64decode(case["base64"]),
    )
    saved = store.save(key, value)
    if not saved.ok:
        raise Violation("status 0, OK", str(saved))
    reply, got, etag = store.get(key)
    if not reply.ok or got != value or not etag:
        raise Violation(f"the bytes {value!r} and an ETag over gRPC", f"{reply}: {got[:200]!r}, ETag {etag!r}")
    shown = check.state(stores.state_component(check)).get(key)
    if (shown.status, shown.body, shown.header("etag")) != (200, value, etag):
        raise Violation(
            f"the bytes {value!r} and the ETag {etag} over HTTP too", f"{shown}, ETag {shown.header('etag')}"
        )


def _read(store: StateStore, key: str, value: Any) -> Reply:
    reply = store.get(key)
    if reply.status != 200 or not reply.header("etag"):
        raise Violation("status 200 and an ETag header on reading what was saved", str(reply))
    if not same(value, json.loads(reply.body)):
        raise Violation(f"the value {json.dumps(value)}", reply.body.decode("utf-8", "replace"))
    return reply


@requirement(
    "A record that the app says it saved MUST be shown as it was saved, apart from every other record; "
    "a save that failed or met a conflict MUST NOT be answered as success.",
    title="State round trip",
    block="state",
    vantage="app",
    number=2,
    source=SOURCE,
    needs=("state",),
    broken_by=(
        seam("ack_without_saving"),
        seam("swallow_failure"),
        seam("swallow_conflict"),
        seam("shared_key_lowercase"),
        seam("drop_field"),
        seam("strip_unicode"),
        seam("stale_cache"),
        seam("lost_update"),
    ),
)
def app(check: Check) -> None:
    """Judge the app by the record that its manifest declares."""
    declared = check.target.manifest.entity
    keys = values(declared.key_schema) if declared and declared.key_schema else st.just("")
    bodies = values(declared.body_schema) if declared else st.just({})
    records = st.fixed_dictionaries({"key": keys, "body": bodies})
    width = entity.width(check)
    check.for_all("a saved record is shown", records, _record_is_shown, width=width)
    pairs = st.fixed_dictionaries({"first": bodies, "second": bodies})
    check.for_all("records are kept apart", pairs, _records_are_kept_apart, share=0.1, width=width)
    check.for_all("a failed save is no success", bodies, _failed_save_is_no_success, share=0.3)
    programs = st.fixed_dictionaries({"first": bodies, "clients": record_history.programs(bodies)})
    check.for_all("saves and reads have one order", programs, _history_has_one_order, share=0.15, trigger=_READ_BESIDE)
    writers = st.lists(bodies, min_size=2, max_size=4)
    check.for_all("a stale condition is refused", writers, _one_writer_wins, share=0.15, width=width)


def _record_is_shown(check: Check, case: dict[str, Any]) -> None:
    identifier = requests.fresh_identifier(check, case["key"]) or case["key"]
    entity.saved(check, identifier, case["body"])
    entity.shown(check, identifier, case["body"])
    check.seen("a record saved and shown")


def _records_are_kept_apart(check: Check, case: dict[str, Any]) -> None:
    one = requests.identifier(check, "a")
    bodies = dict(zip((one, *entity.near(check, one)), itertools.cycle((case["first"], case["second"])), strict=False))
    for identifier, body in bodies.items():
        entity.saved(check, identifier, body)
    for identifier, body in bodies.items():
        entity.shown(check, identifier, body)


def _failed_save_is_no_success(check: Check, body: Any) -> None:
    identifier = requests.identifier(check)
    since = outgoing.marks(check)
    with outgoing.failing(check, "state") as applied:
        exchange = entity.save(check, identifier, body)
    if not outgoing.count(applied):
        outgoing.refuse_unseen(check, since, "saves")
    check.seen("a write that failed", outgoing.count(applied))
    if requests.ok(exchange):
        raise Violation("no success after every write of this request had failed", requests.said(exchange))


def _history_has_one_order(check: Check, case: dict[str, Any]) -> None:
    identifier = requests.identifier(check)
    entity.saved(check, identifier, case["first"])
    steps = record_history.run(check, identifier, case["clients"])
    history = record_history.operations(steps, case["first"])
    check.seen(_READ_BESIDE, sum(operation.writes is None for operation in history))
    if not linearizable(history, 0):
        calls = [step.call for step in steps]
        told = "no such order: " + "; ".join(requests.said(call) for call in calls)
        raise Violation("an order of the calls in which each read shows the save before it", told, calls=calls)


def _one_writer_wins(check: Check, bodies: list[Any]) -> None:
    header = entity.condition(check)
    identifier = requests.identifier(check)
    entity.saved(check, identifier, bodies[0])
    etag = entity.version(entity.shown(check, identifier, bodies[0]))
    answers = [entity.save(check, identifier, body, ((header, etag),)) for body in bodies[1:]]
    if not requests.ok(answers[0]):
        raise Violation(f"2xx for a save with the current {header}", requests.said(answers[0]))
    late = entity.save(check, identifier, bodies[0], ((header, etag),))
    check.seen("a save with a stale condition")
    for answer in (*answers[1:], late):
        if answer.status not in entity.CONFLICTS:
            raise Violation("409 or 412 for a save with a stale condition", requests.said(answer))
    entity.shown(check, identifier, bodies[1])
