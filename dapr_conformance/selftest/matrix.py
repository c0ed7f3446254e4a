"""The kill matrix: one row per check and planted fault, one per check and unusual-but-correct variant."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dapr_conformance import content
from dapr_conformance.control.faults import VARIANTS
from dapr_conformance.control.spec import OutgoingCall
from dapr_conformance.probes.check import Selection
from dapr_conformance.probes.engine import Engine, Facts
from dapr_conformance.probes.judge import judge
from dapr_conformance.probes.knowledge import Knowledge
from dapr_conformance.requirement import PlantedFault, Requirement, requirement_of
from dapr_conformance.target.model import Subscription
from dapr_conformance.verdict import CheckResult, Verdict

KNOWN_GOOD = PlantedFault("the control app as it is", verdict="passed")
# The subject subscribes payments by file and this by its own answer: faults of either kind need something to break.
_ANSWERED = (
    Subscription("pubsub", "shipments", ("/events/shipments",), "shipments.dead"),
    Subscription("pubsub", "shipments.dead", ("/events/shipments-dead",)),
)
# What the subject was seen to do for a shipment: a handler that calls on.
_ON = OutgoingCall("publish", "pubsub", "POST", "/v1.0/publish/pubsub/parcels", b'{"sent":1}')
_SEEN = {"/events/shipments": (_ON,)}
_ALARMS = (Verdict.FAILED, Verdict.FLAKY, Verdict.BLOCKED, Verdict.INCONCLUSIVE, Verdict.WARNED)


@dataclass(frozen=True)
class Effort:
    """How many generated examples each part of a check gets, and their seed; `variants` is for correct apps."""

    examples: int
    seed: int
    variants: int

    def of(self, fault: PlantedFault) -> Selection:
        """Give the examples of one row."""
        correct = fault.verdict == "passed" and fault is not KNOWN_GOOD
        return Selection(max(1, self.variants) if correct else self.examples, self.seed)


@dataclass(frozen=True)
class Row:
    """One cell of the matrix: what was planted, what the check said, and whether that is right."""

    check_id: str
    planted: str
    wanted: str
    verdict: str
    right: bool
    detail: str


def rows(facts: Facts, wanted: str, effort: Effort, say: Callable[[str], None]) -> Iterator[Row]:
    """Run every check whose id contains `wanted` against its faults and the known-good apps.

    Args:
        facts: the run's facts; its target is the self-test's.
        wanted: part of a check id; empty for all.
        effort: examples and seed.
        say: is told each row as it is known.

    """
    for stem, function in content.all_checks():
        requirement = requirement_of(function)
        if requirement is None or wanted not in f"{stem}[{requirement.vantage}]":
            continue
        for fault in (KNOWN_GOOD, *_variants(requirement), *requirement.broken_by):
            row = _row(facts, f"{stem}[{requirement.vantage}]@embedded", requirement, function, fault, effort.of(fault))
            say(text(row))
            yield row


def text(row: Row) -> str:
    """Give one row as a line."""
    mark = "ok   " if row.right else "WRONG"
    return f"{mark} {row.check_id:<52} {row.planted:<44} {row.verdict:<13} {row.detail}".rstrip()


def _variants(requirement: Requirement) -> list[PlantedFault]:
    if requirement.vantage != "app":
        return []
    return [PlantedFault(f"variant {name}", seams={name: {}}, verdict="passed") for name in VARIANTS]


def _row(
    facts: Facts, check_id: str, requirement: Requirement, function: Any, fault: PlantedFault, selection: Selection
) -> Row:
    with tempfile.TemporaryDirectory(prefix="dapr-conformance-selftest-") as folder:
        facts = replace(facts, folder=Path(folder), plant=fault, control_as_target=True, attribute=False)
        engine = Engine(facts, knowledge=Knowledge(subscriptions=_ANSWERED, effects=_SEEN))
        found: CheckResult | None = None
        try:
            judged = judge(engine, check_id, requirement, function, selection, "dapr-conformance selftest")
            found = judged.result
        finally:
            engine.close_arena()
    return Row(check_id, fault.name, fault.verdict, found.verdict.value, _right(found, fault), _detail(found))


def _right(found: CheckResult, fault: PlantedFault) -> bool:
    if found.harness_fault:
        return False
    if fault.verdict == "passed":
        return found.verdict not in _ALARMS
    if fault.verdict == "flaky":  # a rare fault is caught either way; whether it comes again is its own luck
        return found.verdict in (Verdict.FLAKY, Verdict.FAILED)
    return found.verdict.value == fault.verdict


def _detail(found: CheckResult) -> str:
    who = f"{found.attribution.value}: " if found.attribution else ""
    return (who + (found.actual or found.reason))[:110].replace("\n", " ")
