"""From a check function to its row of the ledger: run, attribute, merge the parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dapr_conformance.environment import default_ports
from dapr_conformance.environment.isolation import missed
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.environment.start import ArenaFailedError
from dapr_conformance.errors import BlockedError
from dapr_conformance.probes import evidence, ladder, offer, subscribe_answer
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.engine import Engine
from dapr_conformance.probes.outcome import Outcome
from dapr_conformance.probes.system_rows import of_death, of_presence
from dapr_conformance.requirement import Requirement
from dapr_conformance.target.model import App
from dapr_conformance.verdict import (
    MERGE_ORDER,
    Attribution,
    CheckResult,
    Evidence,
    Reproduce,
    Trigger,
    Verdict,
    merge,
)


@dataclass(frozen=True)
class Judgement:
    """The rows that running one check gave: its own, and those of vantage `system` about its arena."""

    result: CheckResult
    system: tuple[CheckResult, ...] = ()


def judge(
    engine: Engine,
    check_id: str,
    requirement: Requirement,
    function: Callable[[Check], None],
    selection: Selection,
    command: str,
) -> Judgement:
    """Run one check in its arena and give its verdict with evidence.

    Args:
        engine: the run's arenas.
        check_id: id of the check.
        requirement: what the check demands.
        function: the check function.
        selection: which parts and examples to run.
        command: the command line that repeats this check.

    """
    blank = _blank(check_id, requirement)
    missing = offer.missing(requirement, engine.facts.target, engine.facts.attachment)
    if missing is not None:
        return Judgement(replace(blank, verdict=Verdict.UNSUPPORTED, reason=missing.reason, enable=missing.enable))
    known = engine.deaths.get(requirement.arena)
    if known is not None:
        return Judgement(_gone(blank, known))
    began = time.monotonic()
    system = []
    try:
        row = _run(engine, blank, requirement, function, selection, command)
    except (ArenaFailedError, BlockedError) as error:
        death = engine.mourn(requirement.arena, error)
        row = _gone(blank, death)
        system.append(of_death(death, blank.environment, command))
    except Exception as error:  # noqa: BLE001 - a check that throws is inconclusive and the harness' fault
        row = _thrown(blank, error)
    system += () if system else _seen_at_start(engine, blank.environment, command)
    return Judgement(replace(row, duration_s=time.monotonic() - began), tuple(system))


def _seen_at_start(engine: Engine, environment: str, command: str) -> Iterator[CheckResult]:
    first = engine.first_of_target()
    if first is None:
        return
    if first.presence is not None:
        yield of_presence(first.presence, environment, command)
    if first.never_asked:
        yield subscribe_answer.never_asked(first.target, first.unit.asked_within_s, environment, command)
    answer = subscribe_answer.row(first.target, first.subscribe_answer, environment, command)
    if answer is not None:
        yield answer


def _run(
    engine: Engine,
    blank: CheckResult,
    requirement: Requirement,
    function: Callable[[Check], None],
    selection: Selection,
    command: str,
) -> CheckResult:
    environment = engine.environment(requirement.arena)
    check = engine.check(blank.id, requirement, environment, selection)
    warden, target = engine.facts.warden, engine.facts.target
    strayed = warden.strayed()
    function(check)
    environment.raise_if_dead()
    strayed = warden.strayed() - strayed
    outcomes = [
        _weighed(_attributed(engine, requirement, function, o, check), target.app, strayed) for o in check.outcomes
    ]
    row = _row(blank, outcomes, command, selection.seed)
    return replace(row, trigger=_trigger(check), numbers={**row.numbers, **check.numbers})


def _attributed(
    engine: Engine, requirement: Requirement, function: Callable[[Check], None], outcome: Outcome, check: Check
) -> Outcome:
    red = outcome.verdict in (Verdict.FAILED, Verdict.FLAKY)
    if not red or outcome.attribution is not None or not engine.facts.attribute:
        return outcome
    return ladder.attribute(engine, check.id, requirement, function, outcome, check.selection)


def _weighed(outcome: Outcome, app: App, strayed: int) -> Outcome:
    """Blame no app for what it may have missed outside the run's own network, and say which port it may look for."""
    if outcome.attribution is not Attribution.APP:
        return outcome
    lines = (line for piece in outcome.evidence if piece.kind == "log" for line in piece.data["lines"])
    hints = [default_ports.advice(app, lines)]
    if strayed:
        hints.append(f"but the app may need what is outside the run's own network: {missed(strayed)}")
    culprit = Attribution.ENVIRONMENT if strayed else Attribution.APP
    return replace(outcome, attribution=culprit, reason="; ".join(filter(None, (outcome.reason, *hints))))


def _blank(check_id: str, requirement: Requirement) -> CheckResult:
    return CheckResult(
        id=check_id,
        kind="property",
        property=requirement.number,
        title=requirement.title,
        level=requirement.level,
        block=requirement.block,
        vantage=requirement.vantage,
        environment=check_id.rpartition("@")[2],
        verdict=Verdict.INCONCLUSIVE,
        requirement=requirement.sentence,
        source=requirement.source,
    )


def _row(blank: CheckResult, outcomes: Sequence[Outcome], command: str, seed: int) -> CheckResult:
    if not outcomes:
        return replace(blank, reason="no part of this check ran")
    verdict = merge(outcome.verdict for outcome in outcomes)
    worst = min(outcomes, key=lambda o: MERGE_ORDER.index(o.verdict))
    verdict = _final(verdict, worst)
    decided = [o for o in outcomes if o.verdict is not Verdict.UNSUPPORTED]
    return replace(
        blank,
        verdict=verdict,
        attribution=worst.attribution,
        reason=_reason(worst, outcomes),
        expected=worst.expected,
        actual=worst.actual,
        location=_location(worst),
        examples=sum(outcome.examples for outcome in decided),
        evidence=_evidence(outcomes, worst),
        harness_fault=any(outcome.harness_fault for outcome in outcomes),
        reproduce=Reproduce(command, None, seed),
        enable="; ".join(dict.fromkeys(o.enable for o in outcomes if o.enable)),
        numbers={f"{o.part}: examples": float(o.examples) for o in decided},
    )


def _final(verdict: Verdict, worst: Outcome) -> Verdict:
    """Apply the contract: a failure that the environment is to blame for is blocked."""
    red = verdict in (Verdict.FAILED, Verdict.FLAKY)
    return Verdict.BLOCKED if red and worst.attribution is Attribution.ENVIRONMENT else verdict


def _reason(worst: Outcome, outcomes: Sequence[Outcome]) -> str:
    bad = [o for o in outcomes if o.verdict not in (Verdict.PASSED, Verdict.UNSUPPORTED)]
    if not bad:
        return worst.reason if worst.verdict is Verdict.UNSUPPORTED else ""
    more = [o.part for o in bad if o is not worst]
    text = f"{worst.part}: {worst.reason}".rstrip(": ")
    return text + (f" (also {', '.join(more)})" if more else "")


def _evidence(outcomes: Sequence[Outcome], worst: Outcome) -> tuple[Evidence, ...]:
    rest = [o for o in outcomes if o is not worst and o.verdict not in (Verdict.PASSED, Verdict.UNSUPPORTED)]
    notes = [Evidence("note", f"part {o.part!r}: {o.verdict.value}", {"text": _note(o)}) for o in rest]
    replay = Evidence("note", "part", {"text": worst.part}) if worst.has_example else None
    return (*worst.evidence, *([replay] if replay else []), *notes)


def _note(outcome: Outcome) -> str:
    lines = [f"expected: {outcome.expected}", f"actual: {outcome.actual}", outcome.reason]
    return "\n".join(line for line in lines if not line.endswith(": ") and line)


def _location(outcome: Outcome) -> dict[str, object] | None:
    return outcome.location.to_json() if outcome.location else None


def _trigger(check: Check) -> Trigger | None:
    if not check.triggers:
        return None
    name = min(check.triggers, key=lambda key: check.triggers[key])
    return Trigger(name, check.triggers[name])


def _gone(blank: CheckResult, death: Obituary) -> CheckResult:
    return replace(
        blank, reason=f"its environment is gone: {death.reason}", expected="a running environment", actual=death.how
    )


def _thrown(blank: CheckResult, error: Exception) -> CheckResult:
    reason, notes = evidence.of_fault(error)
    return replace(blank, reason=reason, evidence=notes, harness_fault=True)
