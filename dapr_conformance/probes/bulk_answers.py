"""Bulk answers of the sidecar, altered on their way to the app: which requests bring them about, and what comes of it.

Nothing is known of what the app makes of them. So its answer is compared with its own answers to the same request.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dapr_conformance.checkers import bulk_answer
from dapr_conformance.checkers.likeness import meaning
from dapr_conformance.probes import bulk, invocation, outgoing, requests
from dapr_conformance.probes.outcome import Unsupported, Violation
from dapr_conformance.target.model import Request
from dapr_conformance.warden.protocol import Exchange, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

ALTERED = "a bulk answer altered on its way to the app"
PLAYS = ("shuffled", "failed", "dropped")
_READ = Match(method="POST", path=r"/v1\.0/state/[^/?]+/bulk(\?.*)?", complete=True)
_PLAYED = "refused (played by dapr-conformance)"
Ask = Callable[["Check"], Exchange]
Entries = list[dict[str, Any]]


@dataclass(frozen=True)
class _Asked:
    """One request to the app, with its answer and the bulk answers that it got meanwhile."""

    exchange: Exchange
    reads: Sequence[Exchange]

    @property
    def says(self) -> tuple[int | None, str]:
        return meaning(self.exchange.status, self.exchange.response_body)


def asking(check: Check, known: Sequence[str]) -> list[Ask]:
    """Give the requests by which the app reads several records at once, found by trying.

    Args:
        check: the running check.
        known: identifiers of records that are there.

    Raises:
        Unsupported: there is none; says the line that would declare one.

    """
    since = outgoing.marks(check)
    found = [ask for ask in _candidates(check, known) if _ask(check, ask).reads]
    if found:
        return found
    grpc = " (some of its gRPC calls are not understood)" if outgoing.unread_calls(check, since) else ""
    raise Unsupported(f"no known request makes the app read several records at once{grpc}", bulk.GET_LINE)


def _candidates(check: Check, known: Sequence[str]) -> list[Ask]:
    manifest = check.target.manifest
    declared = [lambda run: bulk.get(run, known)] if manifest.bulk and manifest.bulk.get and known else []
    listed = [manifest.entity.list] if manifest.entity and manifest.entity.list else []
    name = next(iter(known), "dc-1")
    others = [
        Request("GET", invocation.filled(route.path, name))
        for route in invocation.known_routes(check)
        if route.method == "GET" and not route.echo
    ]
    return [*declared, *(_sender(request, name) for request in [*listed, *others])]


def _sender(request: Request, identifier: str) -> Ask:
    return lambda run: requests.send(run, request, identifier)


def _ask(check: Check, ask: Ask) -> _Asked:
    since = outgoing.marks(check)
    exchange = ask(check)
    reads = [read for read in outgoing.calls(check, since, _READ) if len(_entries(read)) > 1]
    return _Asked(exchange, reads)


def judge(check: Check, ask: Ask, case: Mapping[str, Any]) -> None:
    """Play one altered answer and judge what the app makes of it; `case` is {"play", "order"}.

    Raises:
        Violation: it takes one record for another, or hides a failure.

    """
    order, plain, again = random.Random(case["order"]), _ask(check, ask), _ask(check, ask)  # noqa: S311 - no secret
    if plain.says != again.says or not plain.reads or not requests.ok(plain.exchange):
        check.count("requests not comparable, because two answers to them differ", 1)
        return
    _JUDGES[case["play"]](check, _Play(ask, plain, order.choice(plain.reads)), order)


@dataclass(frozen=True)
class _Play:
    ask: Ask
    plain: _Asked
    read: Exchange

    def with_entries(self, check: Check, entries: Entries) -> _Asked:
        """Ask again while the bulk answer has other entries."""
        sent = self.read.request_body.decode("utf-8", "replace")
        match = Match(method="POST", path=re.escape(self.read.target), body=sent)
        rule = Rule(match, "alter_response", body=json.dumps(entries), limit=1)
        with outgoing.recorder_of(check, self.read).rule(rule) as applied:
            asked = _ask(check, self.ask)
        check.seen(ALTERED, applied.hits.applied)
        return asked if applied.hits.applied else self.plain

    def expect(self, asked: _Asked, allowed: Sequence[_Asked], expected: str) -> None:
        """Raise Violation unless the app says what it said in one of these cases."""
        if asked.says not in [each.says for each in allowed]:
            calls = (self.plain.exchange, asked.exchange, *asked.reads)
            raise Violation(expected, requests.said(asked.exchange), calls=calls)


def _shuffled(check: Check, play: _Play, order: random.Random) -> None:
    entries = _entries(play.read)
    shuffled = order.sample(entries, len(entries))
    asked = play.with_entries(check, shuffled if shuffled != entries else entries[::-1])
    play.expect(asked, [play.plain], f"the same records in whatever order the sidecar answers: {_said(play.plain)}")


def _failed(check: Check, play: _Play, order: random.Random) -> None:
    missing, failed, _ = _without_one(check, play, order)
    if play.plain.says in (missing.says, failed.says) or not requests.ok(failed.exchange):
        return  # it does not show this record, has read it in another way, or tells that it could not
    if failed.says == missing.says:
        expected = "another answer for a record that could not be read than for one that is not there"
        raise Violation(expected, _said(failed), calls=(missing.exchange, failed.exchange, *failed.reads))


def _dropped(check: Check, play: _Play, order: random.Random) -> None:
    missing, failed, entries = _without_one(check, play, order)
    dropped = play.with_entries(check, entries)
    if requests.ok(dropped.exchange):
        expected = f"an error, or no other record in the place of the one that was not answered: {_said(missing)}"
        play.expect(dropped, [play.plain, missing, failed], expected)


def _without_one(check: Check, play: _Play, order: random.Random) -> tuple[_Asked, _Asked, Entries]:
    """Ask with one record missing and with it failed; give also the entries without it."""
    entries = _entries(play.read)
    stored = [number for number, entry in enumerate(entries) if not bulk_answer.is_missing(entry)]
    at = order.choice(stored or [0])
    bad = {"key": entries[at].get("key")}
    rest = [entries[:at], entries[at + 1 :]]
    missing = play.with_entries(check, [*rest[0], bad, *rest[1]])
    failed = play.with_entries(check, [*rest[0], {**bad, "error": _PLAYED}, *rest[1]])
    return missing, failed, [*rest[0], *rest[1]]


def _entries(read: Exchange) -> Entries:
    return bulk_answer.read(read.response_body) or [] if read.status == 200 else []


def _said(asked: _Asked) -> str:
    return requests.said(asked.exchange)


_JUDGES: dict[str, Callable[[Check, _Play, random.Random], None]] = {
    "shuffled": _shuffled,
    "failed": _failed,
    "dropped": _dropped,
}
