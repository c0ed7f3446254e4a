"""The attribution ladder: a failed part runs again with one thing after another replaced by a known-good default.

The first rung that turns green names the culprit: what that rung replaced. Red to the end is the runtime's.
A rung that could not decide is no evidence, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dapr_conformance.control.generate import not_replayed
from dapr_conformance.environment.rung import Rung
from dapr_conformance.environment.start import ArenaFailedError
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.engine import Engine
from dapr_conformance.probes.outcome import Outcome
from dapr_conformance.requirement import Requirement
from dapr_conformance.verdict import Attribution, Evidence, Verdict

R1 = Rung("R1", "the control app in the app's place", app="control")
R2 = Rung("R2", "default Configuration, Resiliency, Subscriptions and scopes", "control", default_configuration=True)
R3 = Rung("R3", "default components", "control", default_configuration=True, default_components=True)
CULPRITS = {"R1": Attribution.APP, "R2": Attribution.CONFIG, "R3": Attribution.COMPONENT}
_RED = (Verdict.FAILED, Verdict.FLAKY)
RUNGS = {"app": (R1, R2, R3), "sidecar": (R2, R3)}


@dataclass(frozen=True)
class Climb:
    """One rung as it was run."""

    rung: Rung
    verdict: Verdict
    detail: str


def attribute(
    engine: Engine,
    check_id: str,
    requirement: Requirement,
    function: Callable[[Check], None],
    failed: Outcome,
    drawn: Selection,
) -> Outcome:
    """Give the failed outcome with its attribution, its reason and the ladder as evidence.

    What is flaky is not repeated by one example, so all that were `drawn` run on each rung. A flaky finding about the
    sidecar is not attributed: one that its own arena shows once in thousands would pass on any other. Nor is one
    without examples, which would run once.
    """
    flaky = failed.verdict is Verdict.FLAKY
    if flaky and (requirement.vantage == "sidecar" or not failed.has_example):
        return replace(failed, reason=f"{failed.reason}; what does not repeat is not attributed")
    selection = Selection(20, 0, failed.part, failed.example, failed.has_example)
    if flaky:
        selection = Selection(drawn.examples, drawn.seed, failed.part)
    climbs: list[Climb] = []
    engine.learn_now()
    for rung in RUNGS[requirement.vantage]:
        climbs.append(_climb(engine, check_id, requirement, function, selection, rung))
        if climbs[-1].verdict in (Verdict.PASSED, Verdict.WARNED):
            break
    culprit, reason = conclude(requirement.vantage, climbs)
    missing = not_replayed(engine.knowledge.effects)
    ladder = Evidence("ladder", "attribution", {"rungs": [_shown(climb, missing) for climb in climbs]})
    words = f"{failed.reason}; {reason}" if failed.reason else reason
    return replace(failed, attribution=culprit, reason=words, evidence=(*failed.evidence, ladder))


def _shown(climb: Climb, missing: Sequence[str]) -> dict[str, str]:
    rung, detail = climb.rung, climb.detail
    # Only R1 sets the control app against the target itself; later rungs differ from R1 in other things.
    if rung is R1 and missing:
        detail += f"; calls of the app that the control app cannot make: {', '.join(missing)}"
    return {"rung": rung.name, "changed": rung.changed, "verdict": climb.verdict.value, "detail": detail}


def conclude(vantage: str, climbs: list[Climb]) -> tuple[Attribution, str]:
    """Give the culprit and the reason in words for the rungs that were climbed."""
    last = climbs[-1]
    if last.verdict in (Verdict.PASSED, Verdict.WARNED):
        culprit = CULPRITS[last.rung.name]
        return culprit, f"the same input passes with {last.rung.changed} ({last.rung.name})"
    if all(climb.verdict in _RED for climb in climbs):
        return Attribution.RUNTIME, "the same input fails with every default in place"
    undecided = ", ".join(c.rung.name for c in climbs if c.verdict not in _RED)
    culprit = Attribution.APP if vantage == "app" else Attribution.RUNTIME
    return culprit, f"the control app could not repeat the stimulus ({undecided}), so nothing else is accused"


def _climb(
    engine: Engine,
    check_id: str,
    requirement: Requirement,
    function: Callable[[Check], None],
    selection: Selection,
    rung: Rung,
) -> Climb:
    try:
        environment = engine.start(requirement.arena, rung)
    except ArenaFailedError as error:
        return Climb(rung, Verdict.INCONCLUSIVE, f"this rung did not start: {error.death.reason}")
    check = engine.check(check_id, requirement, environment, selection)
    try:
        function(check)
    except ArenaFailedError as error:
        return Climb(rung, Verdict.INCONCLUSIVE, f"this rung's arena died: {error.death.reason}")
    finally:
        environment.stop()
    found = next((o for o in check.outcomes if o.part == selection.part), None)
    if found is None:
        return Climb(rung, Verdict.INCONCLUSIVE, "this part did not run here")
    return Climb(rung, found.verdict, found.actual or found.reason or "as expected")
