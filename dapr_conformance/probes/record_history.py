"""Clients that save and read one record of the app beside one another, and the history that this makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers.json_value import contains
from dapr_conformance.checkers.register_history import NEVER, Operation
from dapr_conformance.probes import entity, events, requests
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

NOTHING = -1  # the version of a record that is not there
_CLIENTS, _STEPS = 3, 2


def programs(bodies: SearchStrategy[Any]) -> SearchStrategy[list[list[dict[str, Any]]]]:
    """Give one program per client: a list of `{"save": body}` and `{}`, which reads."""
    step = st.one_of(st.fixed_dictionaries({"save": bodies}), st.just({}))
    return st.lists(st.lists(step, min_size=1, max_size=_STEPS), min_size=2, max_size=_CLIENTS)


@dataclass(frozen=True)
class Step:
    """One call of a client: the body that it saved, or None if it read, and the exchange."""

    saved: Any
    call: Exchange


def run(check: Check, identifier: str, program: Sequence[Sequence[dict[str, Any]]]) -> list[Step]:
    """Run the clients beside one another, then read once more; give what was done, in the order in which it began."""

    def client(steps: Sequence[dict[str, Any]]) -> list[Step]:
        return [_made(check, identifier, step.get("save")) for step in steps]

    rows = events.at_once([partial(client, steps) for steps in program])
    steps = sorted((step for row in rows for step in row), key=lambda step: step.call.started_ns)
    return [*steps, _made(check, identifier, None)]


def _made(check: Check, identifier: str, body: Any) -> Step:
    return Step(body, entity.get(check, identifier) if body is None else entity.save(check, identifier, body))


def operations(steps: Sequence[Step], first: Any) -> list[Operation]:
    """Give the history; version 0 is `first`, each save is a version of its own.

    A save without success may have taken effect or not. A read that failed tells nothing and is left out.
    """
    saves = [step for step in steps if step.saved is not None]
    versions = [first, *(step.saved for step in saves)]
    reads = [step.call for step in steps if step.saved is None]
    return [
        *(_write(step.call, number) for number, step in enumerate(saves, 1)),
        *(_read(call, versions) for call in reads if requests.ok(call) or _absent(call)),
    ]


def _write(call: Exchange, number: int) -> Operation:
    ended = call.ended_ns if requests.ok(call) and call.ended_ns is not None else NEVER
    return Operation(call.started_ns, ended, writes=number)


def _read(call: Exchange, versions: Sequence[Any]) -> Operation:
    ended = call.ended_ns or call.started_ns
    if _absent(call):
        return Operation(call.started_ns, ended, shows=frozenset([NOTHING]))
    got = entity.content(call)
    shows = frozenset(number for number, body in enumerate(versions) if contains(body, got))
    return Operation(call.started_ns, ended, shows=shows)


def _absent(call: Exchange) -> bool:
    return call.status == 404
