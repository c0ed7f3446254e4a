"""What an app makes of the traces that reach it: which calls its inputs cause, and with which trace these go out.

Each input runs alone a few times first. The calls that all its runs have in common are caused by it, those behind
its answer too; what an idle app does as well is not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NoReturn

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers import caused_calls
from dapr_conformance.checkers.caused_calls import Kind
from dapr_conformance.checkers.trace_context import not_continued
from dapr_conformance.probes import events, outgoing, trace_contexts
from dapr_conformance.probes.inputs import INPUTS_LINE, Input, known
from dapr_conformance.probes.outcome import Inconclusive, Unsupported, Violation
from dapr_conformance.probes.trace_contexts import Sent
from dapr_conformance.warden.protocol import Exchange, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

CAUSED = "an outgoing call that was caused"
BESIDE = "an outgoing call that was caused beside others"
_RUNS = 3
_SETTLE_S = 0.06  # how long after its answer an input may begin work of its own
_IDLE_S = 0.4
_CALLS_S = 2.0  # how long the calls may take that every run had
_PAUSE_S = 0.005
_SLOW_S = 0.01  # so slow is the sidecar to requests at once: then they meet for certain
_SLOW = Rule(Match(path=r"/v1\.0(?!/healthz).*"), "delay", delay_s=_SLOW_S)


@dataclass(frozen=True)
class Causing:
    """An input with the calls that it causes."""

    input: Input
    calls: Counter[Kind]


@dataclass(frozen=True)
class _Run:
    input: Input
    calls: list[Exchange]
    late: bool


class Tracing:
    """The inputs of the running app that make it call its sidecar, and how they are driven with traces."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._drawn: list[str] = []
        self._traces: set[str] = set()

    @cached_property
    def causing(self) -> Mapping[str, Causing]:
        """Give the inputs that cause calls, by name.

        Raises:
            Unsupported: nothing that is known of the app can make it call.
            Inconclusive: something is declared, and nothing of it made the app call.

        """
        found = {each.input.name: each for each in self._learned(list(known(self.check)))}
        if not found:
            self._refuse()
        return found

    def stimuli(self) -> SearchStrategy[dict[str, Any]]:
        """Give one thing to be sent with a trace: {"input", "body", "context"}."""
        contexts = trace_contexts.contexts(valid=True)
        each = [
            st.fixed_dictionaries({"input": st.just(name), "body": one.input.bodies, "context": contexts})
            for name, one in self.causing.items()
        ]
        return st.one_of(each)

    def alone(self, case: Mapping[str, Any]) -> None:
        """Send one input and judge what it causes.

        Raises:
            Violation: an outgoing call does not go on with the trace.
            Inconclusive: the app that runs here makes no call for it.

        """
        one, identifier, earlier = self._of(case), self._identifier(), frozenset(self._traces)
        context = self._sent(case["context"])
        one.input.prepare(identifier, context.headers)
        since = outgoing.marks(self.check)
        one.input.send(identifier, case["body"], context.headers)
        calls = caused_calls.to_judge(_awaited(self.check, since, one.calls), one.calls, identifier, earlier)
        self.check.seen(CAUSED, len(calls))
        _expect_continued(one.input.name, context, calls)

    def beside(self, cases: Sequence[Mapping[str, Any]]) -> None:
        """Send several inputs at once, each with a trace of its own, and judge the calls that name one of them.

        Raises:
            Violation: an outgoing call carries another trace than that of the input which it names.
            Inconclusive: the app that runs here makes no call for one of them.

        """
        ones = [self._of(case) for case in cases]
        sent = [self._sent(case["context"]) for case in cases]
        identifiers = [self._identifier() for _ in cases]
        for one, identifier, context in zip(ones, identifiers, sent, strict=True):
            one.input.prepare(identifier, context.headers)
        since = outgoing.marks(self.check)
        with self.check.outbound.rule(_SLOW), self.check.outbound_grpc.rule(_SLOW):
            events.at_once(
                [
                    partial(one.input.send, identifier, case["body"], context.headers)
                    for one, identifier, case, context in zip(ones, identifiers, cases, sent, strict=True)
                ]
            )
            calls = _awaited(self.check, since, sum((one.calls for one in ones), Counter()))
        for one, identifier, context in zip(ones, identifiers, sent, strict=True):
            meant = caused_calls.meant_by(calls, identifier, [each for each in self._drawn if each != identifier])
            self.check.seen(BESIDE, len(meant))
            _expect_continued(one.input.name, context, meant)

    def _refuse(self) -> NoReturn:
        manifest = self.check.target.manifest
        if manifest.entity or manifest.routes or any(topic.valid is not None for topic in manifest.topics.values()):
            raise Inconclusive("nothing that was sent to the app made it call its sidecar")
        raise Unsupported("nothing is known that makes the app call its sidecar", INPUTS_LINE)

    def _learned(self, inputs: Sequence[Input]) -> Iterator[Causing]:
        first = [self._ran(each, _SETTLE_S) for each in inputs]
        mark = outgoing.marks(self.check)
        time.sleep(_IDLE_S)
        idle = _calls(self.check, mark)
        runs = {run.input.name: [run] for run in first}
        for number in range(1, _RUNS):
            again = [run for run in first if run.calls]
            for run in again if number % 2 else reversed(again):
                runs[run.input.name].append(self._ran(run.input, _SETTLE_S if run.late else 0.0))
        for made in runs.values():
            calls = caused_calls.caused([run.calls for run in made], idle)
            if calls:
                yield Causing(made[0].input, calls)

    def _ran(self, each: Input, settle_s: float) -> _Run:
        identifier, context = self._identifier(), self._sent(trace_contexts.PLAIN)
        each.prepare(identifier, context.headers)
        since = outgoing.marks(self.check)
        answer = each.send(identifier, each.simplest, context.headers)
        time.sleep(settle_s)
        calls = _calls(self.check, since)
        return _Run(each, calls, any(call.started_ns > (answer.ended_ns or 0) for call in calls))

    def _sent(self, context: Mapping[str, Any]) -> Sent:
        # All that is sent has a trace, also what only prepares: no call of the app can then be without one by right.
        made = trace_contexts.sent(self.check, context)
        self._traces.add(made.trace_id or "")
        return made

    def _identifier(self) -> str:
        self._drawn.append(events.identifier(self.check))
        return self._drawn[-1]

    def _of(self, case: Mapping[str, Any]) -> Causing:
        if case["input"] not in self.causing:
            raise Inconclusive(f"this app makes no call to its sidecar for {case['input']}")
        return self.causing[case["input"]]


def _awaited(check: Check, since: outgoing.Marks, expected: Counter[Kind]) -> list[Exchange]:
    """Wait until as many calls as are expected have begun, those behind the answers too."""
    deadline = time.monotonic() + _CALLS_S
    while True:
        calls = _calls(check, since)
        got = Counter(caused_calls.kind_of(call) for call in calls)
        if all(got[kind] >= number for kind, number in expected.items()) or time.monotonic() > deadline:
            return calls
        time.sleep(_PAUSE_S)


def _calls(check: Check, since: outgoing.Marks) -> list[Exchange]:
    found = [*check.outbound.exchanges(since=since.http), *check.outbound_grpc.exchanges(since=since.grpc)]
    return sorted(found, key=lambda call: call.started_ns)


def _expect_continued(name: str, context: Sent, calls: Sequence[Exchange]) -> None:
    # Of an event the tracestate stands in its envelope only; whether an app takes it from there is its own affair.
    state = None if name.startswith("event ") else context.tracestate
    for call in calls:
        problem = not_continued(context.trace_id or "", state, call.request_headers)
        if problem:
            expected = f"trace {context.trace_id} in each call that {name} causes"
            raise Violation(expected, f"{call.method} {call.target} has {problem}", calls=(call,))
