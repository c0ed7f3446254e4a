"""The writes that an app makes through its sidecar, seen and altered at the outbound recorder.

What goes over gRPC is only timed yet: `grpc_calls` tells that there was some.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from dapr_conformance.checkers.writes import BINDING, PUBLISH, SAVE, WRITES, block_of
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.probes.recorder import Applied
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
    """Give the app's writes over HTTP since then, oldest first; `wait_s` is how long to wait for the first one."""
    if wait_s:
        check.outbound.wait(_FIRST, since=since.http, timeout_s=wait_s)
    return [call for call in check.outbound.exchanges(since=since.http) if block_of(call)]


def grpc_calls(check: Check, since: Marks) -> int:
    """Give how many gRPC calls the app has made to its sidecar since then."""
    return len(check.outbound_grpc.exchanges(since=since.grpc))


def refuse_unseen(check: Check, since: Marks, doing: str) -> NoReturn:
    """Say why no state write over HTTP was seen while the app did something.

    Raises:
        Unsupported: it called over gRPC.
        Inconclusive: it made no call.

    """
    if grpc_calls(check, since):
        raise Unsupported(f"the app {doing} over gRPC, where calls can be timed but not failed or delayed yet")
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
    """Wait until what the app has begun to save or publish over HTTP since then has ended, what is held back too."""
    begun = [call for call in writes(check, since) if call.method != "DELETE"]
    check.outbound.wait(replace(_FIRST, complete=True), len(begun), since=since.http, timeout_s=timeout_s)


def count(applied: Sequence[Applied]) -> int:
    """Give how many writes the rules were applied to, once their block has ended."""
    return sum(each.hits.applied for each in applied)


@contextlib.contextmanager
def _ruled(
    check: Check, block: str, rule: Rule, methods: Collection[str] = ("POST", "PUT", "DELETE")
) -> Iterator[list[Applied]]:
    with contextlib.ExitStack() as rules:
        for prefix in check.target.manifest.best_effort if block == "state" else ():
            rules.enter_context(check.outbound.rule(Rule(Match(path=SAVE, body=prefix), "delay")))
        places = [Match(method=method, path=path) for method, path in WRITES[block] if method in methods]
        yield [rules.enter_context(check.outbound.rule(replace(rule, match=place))) for place in places]
