"""From a failing example to the outcome of its part: wire exchanges and log lines of that moment."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dapr_conformance.building_blocks.http import Reply
from dapr_conformance.probes.examples import Failure, fingerprint
from dapr_conformance.probes.outcome import Inconclusive, Outcome, Unsupported
from dapr_conformance.verdict import Evidence, Verdict
from dapr_conformance.warden.protocol import Exchange, Match

if TYPE_CHECKING:  # check.py builds outcomes through this module
    from dapr_conformance.probes.check import Check

_SHOWN_BODY = 4096
_SHOWN_EXCHANGES = 12
_SHOWN_LINES = 30


def of_error(part: str, error: Exception) -> Outcome:
    """Give the outcome of a part that ended by an exception instead of a verdict."""
    if isinstance(error, Unsupported):
        return Outcome(part, Verdict.UNSUPPORTED, reason=error.reason, enable=error.enable)
    if isinstance(error, Inconclusive):
        return Outcome(part, Verdict.INCONCLUSIVE, reason=str(error))
    trace = "".join(traceback.format_exception(error))
    note = Evidence("note", "the harness' own error", {"text": trace})
    reason = f"the check itself failed: {type(error).__name__}: {error}"
    return Outcome(part, Verdict.INCONCLUSIVE, reason=reason, harness_fault=True, evidence=(note,))


def of_failure(check: Check, part: str, failure: Failure, *, example: bool) -> Outcome:
    """Give the outcome of a part whose minimal failing example is known."""
    found = failure.violation
    verdict = Verdict.WARNED if found.warned else Verdict.FAILED
    reason = ""
    if failure.failed < failure.runs:
        verdict = Verdict.FLAKY
        reason = f"flaky: the same example failed in {failure.failed} of {failure.runs} runs"
    return Outcome(
        part=part,
        verdict=verdict,
        reason=reason,
        expected=found.expected,
        actual=found.actual,
        example=failure.example,
        has_example=example,
        attribution=found.attribution,
        location=found.location,
        evidence=_gather(check, failure, example=example),
    )


def timed(outcome: Outcome, examples: int, seconds: float) -> Outcome:
    """Add how many cases ran and how long the part took."""
    return replace(outcome, examples=examples, seconds=seconds)


def _gather(check: Check, failure: Failure, *, example: bool) -> tuple[Evidence, ...]:
    pieces = []
    if example:
        text = fingerprint(failure.example)
        pieces.append(Evidence("example", "minimal example", {"text": text, "value": failure.example}))
    calls = list(failure.violation.calls) or _calls_of(check, failure)
    pieces += [of_call(call) for call in calls[:_SHOWN_EXCHANGES]]
    return (*pieces, *_logs(check, failure))


def _calls_of(check: Check, failure: Failure) -> list[Reply | Exchange]:
    window = (failure.started_ns, failure.ended_ns)
    replies: list[Reply | Exchange] = [r for r in list(check.api.replies) if window[0] <= r.started_ns <= window[1]]
    unit = check.environment.unit
    for name in (unit.inbound, unit.outbound_http):
        if name is not None:
            found = check.environment.warden.exchanges(name, Match(started_after_ns=window[0]))
            replies += [e for e in found if e.started_ns <= window[1]]
    return sorted(replies, key=lambda call: call.started_ns)


def _logs(check: Check, failure: Failure) -> Iterable[Evidence]:
    unit = check.environment.unit
    names = {process.name for process in unit.processes}
    for name, title in ((unit.daprd, "daprd"), (unit.app, "app")):
        if name not in names:
            continue
        lines = check.environment.warden.logs(name, since_ns=failure.started_ns, until_ns=failure.ended_ns + 50_000_000)
        if lines:
            yield Evidence("log", title, {"process": title, "lines": [line.text for line in lines[-_SHOWN_LINES:]]})


def of_call(call: Reply | Exchange) -> Evidence:
    """Give one call, made by the harness or seen by a recorder, as evidence."""
    if isinstance(call, Reply):
        request = _message(call.request_headers, call.request_body, method=call.method, target=call.target)
        response = None if call.status is None else _message(call.headers, call.body, status=call.status)
        title, note, side = str(call.method) + " " + call.target, call.failure, "harness"
        ended: int | None = call.ended_ns
    else:
        request = _message(call.request_headers, call.request_body, method=call.method, target=call.target)
        response = None
        if call.status is not None:
            response = _message(call.response_headers, call.response_body, status=call.status)
        title, note, side = (
            f"{call.method} {call.target}",
            "" if call.outcome == "complete" else call.outcome,
            call.side,
        )
        ended = call.ended_ns
    duration = None if ended is None else (ended - call.started_ns) / 1e6
    data = {
        "request": request,
        "response": response,
        "started_ms": call.started_ns / 1e6,
        "duration_ms": duration,
        "side": side,
        "note": note,
    }
    return Evidence("exchange", title, data)


def _message(headers: Iterable[tuple[str, str]], body: bytes, **first: Any) -> Mapping[str, Any]:
    return {**first, "headers": [list(pair) for pair in headers], "body": _text(body), "length": len(body)}


def _text(body: bytes) -> str:
    head = body if len(body) <= _SHOWN_BODY else body[:_SHOWN_BODY] + b" [...]"
    return head.decode("utf-8", "backslashreplace")
