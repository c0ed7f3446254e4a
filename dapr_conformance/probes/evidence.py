"""From a failing example to the outcome of its part: wire exchanges and log lines of that moment."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dapr_conformance.building_blocks.http import Reply
from dapr_conformance.grpc_message.status import name_of
from dapr_conformance.probes.examples import Failure, fingerprint
from dapr_conformance.probes.outcome import Inconclusive, Outcome, Unsupported
from dapr_conformance.verdict import Evidence, Verdict
from dapr_conformance.warden.channel import WardenGoneError
from dapr_conformance.warden.protocol import Exchange, Match

if TYPE_CHECKING:  # check.py builds outcomes through this module
    from dapr_conformance.probes.check import Check

_KEPT_BODY = 65_536
_SHOWN_EXCHANGES = 12
_SHOWN_LINES = 30
_LATE_NS = 50_000_000  # how much later than it happened something may be logged


def of_error(part: str, error: Exception) -> Outcome:
    """Give the outcome of a part that ended by an exception instead of a verdict."""
    if isinstance(error, Unsupported):
        return Outcome(part, Verdict.UNSUPPORTED, reason=error.reason, enable=error.enable)
    if isinstance(error, Inconclusive):
        return Outcome(part, Verdict.INCONCLUSIVE, reason=str(error))
    reason, notes = of_fault(error)
    return Outcome(part, Verdict.INCONCLUSIVE, reason=reason, harness_fault=True, evidence=notes)


def of_fault(error: Exception) -> tuple[str, tuple[Evidence, ...]]:
    """Give reason and evidence of a fault of the harness' own; where its warden is gone, no code is to blame."""
    if isinstance(error, WardenGoneError):
        return f"the check could not go on: {error}", ()
    trace = "".join(traceback.format_exception(error))
    note = Evidence("note", "the harness' own error", {"text": trace})
    return f"the check itself failed: {type(error).__name__}: {error}", (note,)


def never_fired(part: str, trigger: str) -> Outcome:
    """Give the outcome of a part in which nothing failed because what it waits for never happened."""
    return Outcome(part, Verdict.INCONCLUSIVE, reason=f"its trigger never happened: {trigger}")


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
    open_here = {recorder.name for recorder in unit.recorders}  # none beside a sidecar that runs already
    for name in (unit.inbound, unit.outbound_http, unit.outbound_grpc):
        if name in open_here:
            found = check.environment.warden.exchanges(name, Match(started_after_ns=window[0]))
            replies += [e for e in found if e.started_ns <= window[1]]
    return sorted(replies, key=lambda call: call.started_ns)


def _logs(check: Check, failure: Failure) -> Iterable[Evidence]:
    unit = check.environment.unit
    names = {process.name for process in unit.processes}
    for name, title in ((unit.daprd, "daprd"), (unit.app, "app")):
        if name not in names:
            continue
        found = check.environment.warden.logs(name, since_ns=failure.started_ns, until_ns=failure.ended_ns + _LATE_NS)
        lines = [line.text for line in found if line.t_ns <= _told_by_ns(failure)]
        # Beside other examples most lines are theirs; those that name this one tell its story.
        named = [line.text for line in found if any(each in line.text for each in failure.violation.names)]
        if named or lines:
            yield Evidence("log", title, {"process": title, "lines": (named or lines)[-_SHOWN_LINES:]})


def _told_by_ns(failure: Failure) -> int:
    """Give when all is logged that belongs to the failure: beside other examples it ends long after its last call."""
    calls = failure.violation.calls if failure.failed < failure.runs else ()  # what fails again fails alone
    ends = [call.ended_ns or failure.ended_ns for call in calls if isinstance(call, Exchange)]
    return min(failure.ended_ns, max(ends, default=failure.ended_ns)) + _LATE_NS


def of_call(call: Reply | Exchange) -> Evidence:
    """Give one call, made by the harness or seen by a recorder, as evidence."""
    duration = None if call.ended_ns is None else (call.ended_ns - call.started_ns) / 1e6
    data = {
        "request": {"method": call.method, "target": call.target, **_request(call)},
        "response": None if call.status is None else {"status": call.status, **_response(call)},
        "started_ms": call.started_ns / 1e6,
        "duration_ms": duration,
        "side": "harness" if isinstance(call, Reply) else call.side,
        "note": call.failure if isinstance(call, Reply) else _note(call),
    }
    if isinstance(call, Exchange) and call.grpc_method:
        data["grpc"] = {"method": call.grpc_method, "status": call.grpc_status}
    return Evidence("exchange", f"{call.method} {call.target}", data)


def _note(call: Exchange) -> str:
    said = [] if call.outcome == "complete" else [call.outcome]
    if call.grpc_method:
        code = "" if call.grpc_status is None else f", status {call.grpc_status} {name_of(call.grpc_status)}"
        said.append(f"as gRPC: {call.grpc_method.rpartition('.')[2]}{code}")
    return "; ".join(said)


def _request(call: Reply | Exchange) -> Mapping[str, Any]:
    length = len(call.request_body) if isinstance(call, Reply) else call.request_length
    return {"headers": _pairs(call.request_headers), "body": _body(call.request_body), "length": length}


def _response(call: Reply | Exchange) -> Mapping[str, Any]:
    if isinstance(call, Reply):
        return {"headers": _pairs(call.headers), "body": _body(call.body), "length": len(call.body)}
    body = _body(call.response_body)
    return {"headers": _pairs(call.response_headers), "body": body, "length": call.response_length}


def _pairs(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in headers]


def _body(body: bytes) -> str | dict[str, str]:
    """Give a body as text, or as base64 where it is none; the writers cut what is too long to show."""
    kept = body[:_KEPT_BODY]
    try:
        return kept.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(kept).decode()}
