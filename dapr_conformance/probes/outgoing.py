"""The writes that an app makes through its sidecar, over HTTP or gRPC, seen and altered at the outbound recorders."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from dapr_conformance.checkers.writes import BINDING, PUBLISH, SAVE, WRITES, block_of
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.probes.recorder import Applied, Recorder
from dapr_conformance.warden.protocol import Exchange, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_FIRST = Match(path=f"{SAVE}|{PUBLISH}|{BINDING}")
_REFUSED = '{"errorCode":"ERR_REFUSED","message":"refused (played by dapr-conformance)"}'
_JSON = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Marks:
    """A moment in the outbound recorders."""

    http: int
    grpc: int


def marks(check: Check) -> Marks:
    """Give this moment, to look only at later calls."""
    return Marks(check.outbound.mark(), check.outbound_grpc.mark())


def writes(check: Check, since: Marks, *, wait_s: float = 0.0) -> list[Exchange]:
    """Give the app's writes since then, oldest first; `wait_s` is how long to wait for the first one."""
    found = _writes(check, since)
    if not found and wait_s:
        usual = check.outbound_grpc if _writes_over_grpc(check) else check.outbound
        usual.wait(_FIRST, since=since.grpc if _writes_over_grpc(check) else since.http, timeout_s=wait_s)
        found = _writes(check, since)
    return found


def _writes(check: Check, since: Marks) -> list[Exchange]:
    return [call for call in calls(check, since) if block_of(call)]


def calls(check: Check, since: Marks, match: Match | None = None) -> list[Exchange]:
    """Give the app's calls of its sidecar since then that match, over HTTP and gRPC, oldest first."""
    found = check.outbound.exchanges(match, since=since.http) + check.outbound_grpc.exchanges(match, since=since.grpc)
    return sorted(found, key=lambda call: call.started_ns)


def recorder_of(check: Check, call: Exchange) -> Recorder:
    """Give the recorder that has seen a call of the app."""
    return check.outbound_grpc if call.grpc_method else check.outbound


def _writes_over_grpc(check: Check) -> bool:
    """Tell whether the newest write that was seen of the app went over gRPC."""
    newest = _writes(check, Marks(0, 0))[-1:]
    return bool(newest) and bool(newest[0].grpc_method)


def unread_calls(check: Check, since: Marks) -> int:
    """Give how many gRPC calls the app has made to its sidecar since then of which the recorder knows only the name."""
    found = check.outbound_grpc.exchanges(Match(method="POST"), since=since.grpc)
    return sum(call.target == call.grpc_method for call in found)


def refuse_unseen(check: Check, since: Marks, doing: str) -> NoReturn:
    """Say why no state write was seen while the app did something.

    Raises:
        Unsupported: it made gRPC calls that are not understood.
        Inconclusive: it made no call.

    """
    if unread_calls(check, since):
        raise Unsupported(f"the app {doing} by gRPC calls that the recorder does not understand")
    raise Inconclusive(f"no state write of the app was seen while it {doing}")


def failing(check: Check, block: str) -> contextlib.AbstractContextManager[list[Applied]]:
    """Fail every attempt of the app's writes to one block while this runs, declared best-effort ones excepted."""
    return _ruled(check, block, Rule(Match(), "fail", status=500, body=_REFUSED, headers=_JSON))


def delayed(
    check: Check,
    block: str,
    delay_s: float,
    methods: Collection[str] = ("POST", "PUT", "DELETE"),
    limit: int | None = None,
) -> contextlib.AbstractContextManager[list[Applied]]:
    """Delay the app's writes to one block while this runs, declared best-effort ones excepted.

    `methods` says which writes, `limit` how many of each method.
    """
    return _ruled(check, block, Rule(Match(), "delay", delay_s=delay_s, limit=limit), methods)


def await_end(check: Check, since: Marks, timeout_s: float = 5.0) -> None:
    """Wait until what the app has begun to save or publish since then has ended, what is held back too."""
    begun = [call for call in writes(check, since) if call.method != "DELETE"]
    by_grpc, ended = sum(bool(call.grpc_method) for call in begun), replace(_FIRST, complete=True)
    check.outbound.wait(ended, len(begun) - by_grpc, since=since.http, timeout_s=timeout_s)
    check.outbound_grpc.wait(ended, by_grpc, since=since.grpc, timeout_s=timeout_s)


def count(applied: Sequence[Applied]) -> int:
    """Give how many writes the rules were applied to, once their block has ended."""
    return sum(each.hits.applied for each in applied)


@contextlib.contextmanager
def _ruled(
    check: Check, block: str, rule: Rule, methods: Collection[str] = ("POST", "PUT", "DELETE")
) -> Iterator[list[Applied]]:
    with contextlib.ExitStack() as rules:
        ways = (check.outbound, check.outbound_grpc)
        for prefix in check.target.manifest.best_effort if block == "state" else ():
            for way in ways:
                rules.enter_context(way.rule(Rule(Match(path=SAVE, body=prefix), "delay")))
        places = [Match(method=method, path=path) for method, path in WRITES[block] if method in methods]
        yield [rules.enter_context(way.rule(replace(rule, match=place))) for way in ways for place in places]
