"""The writes that an app makes through its sidecar, seen and altered at the outbound recorder.

A write is a state save, transaction or deletion, a published event or a call of an output binding, over HTTP. What
goes over gRPC is only timed yet: `grpc_calls` tells that there was some.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dapr_conformance.probes.recorder import Applied
from dapr_conformance.warden.protocol import Exchange, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_VERSION = r"/v1\.0(-\w+)?"
_QUERY = r"/?(\?.*)?"
_SAVE = rf"{_VERSION}/state/[^/?]+(/transaction)?{_QUERY}"
_DELETE = rf"{_VERSION}/state/[^/?]+/[^?]+(\?.*)?"
_PUBLISH = rf"{_VERSION}/publish/.+"
_BINDING = rf"{_VERSION}/bindings/.+"
WRITES: dict[str, tuple[tuple[str, str], ...]] = {
    "state": (("POST", _SAVE), ("PUT", _SAVE), ("DELETE", _DELETE)),
    "publish": (("POST", _PUBLISH), ("PUT", _PUBLISH)),
    "bindings": (("POST", _BINDING), ("PUT", _BINDING)),
}
_ANY = Match(path="|".join((_SAVE, _PUBLISH, _BINDING)))
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


def block_of(call: Exchange) -> str | None:
    """Give the building block that a call writes to (`state`, `publish`, `bindings`); None if it is no write."""
    for block, places in WRITES.items():
        if any(call.method == method and re.fullmatch(path, call.target) for method, path in places):
            return block
    return None


def writes(check: Check, since: Marks, *, wait_s: float = 0.0) -> list[Exchange]:
    """Give the app's writes since then, oldest first; `wait_s` is how long to wait for the first one."""
    if wait_s:
        check.outbound.wait(_ANY, since=since.http, timeout_s=wait_s)
    return [call for call in check.outbound.exchanges(since=since.http) if block_of(call)]


def grpc_calls(check: Check, since: Marks) -> int:
    """Give how many gRPC calls the app has made to its sidecar since then."""
    return len(check.outbound_grpc.exchanges(since=since.grpc))


@contextlib.contextmanager
def failing(check: Check, block: str) -> Iterator[list[Applied]]:
    """Fail every attempt of the app's writes to one block while this runs, declared best-effort ones excepted."""
    with _ruled(check, block, Rule(Match(), "fail", status=500, body=_REFUSED, headers=_JSON)) as applied:
        yield applied


@contextlib.contextmanager
def delayed(check: Check, block: str, delay_s: float) -> Iterator[list[Applied]]:
    """Delay the app's writes to one block while this runs."""
    with _ruled(check, block, Rule(Match(), "delay", delay_s=delay_s)) as applied:
        yield applied


def count(applied: Sequence[Applied]) -> int:
    """Give how many writes rules were applied to, once their block has ended."""
    return sum(each.hits.applied for each in applied)


@contextlib.contextmanager
def _ruled(check: Check, block: str, rule: Rule) -> Iterator[list[Applied]]:
    with contextlib.ExitStack() as rules:
        for prefix in check.target.manifest.best_effort if block == "state" else ():
            match = Match(path=rf"{_VERSION}/state/.*", body=prefix)
            rules.enter_context(check.outbound.rule(Rule(match, "delay")))
        yield [
            rules.enter_context(check.outbound.rule(_at(rule, method, path))) for method, path in WRITES[block]
        ]


def _at(rule: Rule, method: str, path: str) -> Rule:
    return Rule(
        Match(method, path), rule.action, delay_s=rule.delay_s, status=rule.status, headers=rule.headers, body=rule.body
    )


def saved_values(calls: Sequence[Exchange]) -> dict[str, Any]:
    """Give what saves and transactions among these calls last wrote, by key; without ETags and options."""
    values: dict[str, Any] = {}
    for call in calls:
        for item in _items(call):
            values[str(item.get("key"))] = item.get("value")
    return values


def _items(call: Exchange) -> list[dict[str, Any]]:
    try:
        body = json.loads(call.request_body)
    except ValueError:
        return []
    if isinstance(body, dict):
        body = [operation.get("request") for operation in body.get("operations") or () if isinstance(operation, dict)]
    return [item for item in body if isinstance(item, dict)] if isinstance(body, list) else []
