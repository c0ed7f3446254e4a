"""What a check found: verdict, attribution and evidence, as frozen values.

The field names of `CheckResult` are those of `results.json` and are read by other tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Verdict(str, Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    FLAKY = "flaky"
    BLOCKED = "blocked"


class Attribution(str, Enum):
    """Whose fault a failure is, on the evidence of the control app."""

    APP = "app"
    CONFIG = "config"
    COMPONENT = "component"
    RUNTIME = "runtime"
    ENVIRONMENT = "environment"


# Worst first: the merge of several examples or reruns of one check takes the first that occurs.
MERGE_ORDER = (
    Verdict.FAILED,
    Verdict.FLAKY,
    Verdict.BLOCKED,
    Verdict.INCONCLUSIVE,
    Verdict.WARNED,
    Verdict.PASSED,
    Verdict.UNSUPPORTED,
)


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the one verdict for several parts or reruns of ONE check; of nothing, inconclusive."""
    found = set(verdicts)
    return next((verdict for verdict in MERGE_ORDER if verdict in found), Verdict.INCONCLUSIVE)


def breaks_run(verdict: str, level: str, attribution: str | None, *, known: bool, strict: bool) -> bool:
    """Tell whether one row makes a run fail: a MUST that the app or its files break, or that is flaky.

    A failure without attribution (None: the ladder was cut short, or there is none) counts as the app's. Under `strict`
    a MUST that a component or the runtime breaks counts too, whether it is told as failed or as warned.
    """
    if level != "must" or known:
        return False
    if verdict == Verdict.FLAKY.value:
        return True
    if attribution in (Attribution.COMPONENT.value, Attribution.RUNTIME.value):
        return strict and verdict in (Verdict.FAILED.value, Verdict.WARNED.value)
    return verdict == Verdict.FAILED.value and attribution != Attribution.ENVIRONMENT.value


@dataclass(frozen=True)
class Evidence:
    """One piece of proof.

    `kind` says how `data` is shown:
    `example` {"text"}; `exchange` {"request": {"method", "target", "headers", "body"},
    "response": {"status", "headers", "body"} or null, "started_ms", "duration_ms", "side", "note"};
    `log` {"process", "lines": [text]}; `ladder` {"rungs": [{"rung", "changed", "verdict", "detail"}]};
    `note` {"text"}.
    """

    kind: str
    title: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Reproduce:
    """How to repeat one finding: the pytest command, a curl line if one request shows it, the seed."""

    command: str
    curl: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Trigger:
    """The event that a check has to bring about before its verdict means anything, and how often it was seen."""

    name: str
    seen: int


@dataclass(frozen=True)
class CheckResult:
    """One row of `results.json`: durations in seconds, `location` as {"file", "line"}.

    `waited_s` is for time that Dapr's own clocks force a check to wait. It is 0.0 in every row yet: no check waits
    for a schedule or a time-out of Dapr's. The pauses between attempts of a retry policy (properties 10 and 12) are
    scaled to 10 ms and overlap, as events are in flight together: they are part of `duration_s` only.
    `known` marks a failure that the baseline expects; it does not make the run fail.
    """

    id: str
    kind: str
    property: int | None
    title: str
    level: str
    block: str
    vantage: str
    environment: str
    verdict: Verdict
    attribution: Attribution | None = None
    reason: str = ""
    expected: str = ""
    actual: str = ""
    location: Mapping[str, Any] | None = None
    examples: int = 0
    examples_unit: str = "example"
    trigger: Trigger | None = None
    duration_s: float = 0.0
    waited_s: float = 0.0
    reproduce: Reproduce | None = None
    evidence: tuple[Evidence, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    harness_fault: bool = False
    requirement: str = ""
    source: str = ""
    enable: str = ""
    known: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the plain mapping that stands in `results.json`."""
        row = asdict(self)
        row["verdict"] = self.verdict.value
        row["attribution"] = self.attribution.value if self.attribution else None
        return row

    @classmethod
    def of_system(cls, name: str, kind: str, environment: str, command: str, **said: Any) -> CheckResult:
        """Give a MUST of vantage `system`, which is about files or processes and none of the thirty properties.

        Args:
            name: its id without vantage and environment.
            kind: as in results.json.
            environment: the key of the environment in results.json.
            command: the command line that repeats the run.
            said: the other fields.

        """
        return cls(
            id=f"{name}[system]@{environment}",
            kind=kind,
            property=None,
            level="must",
            vantage="system",
            environment=environment,
            reproduce=Reproduce(command),
            **said,
        )

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> CheckResult:
        """Rebuild a row from `to_json`."""
        values = dict(row)
        values["verdict"] = Verdict(values["verdict"])
        values["attribution"] = Attribution(values["attribution"]) if values["attribution"] else None
        values["trigger"] = Trigger(**values["trigger"]) if values["trigger"] else None
        values["reproduce"] = Reproduce(**values["reproduce"]) if values["reproduce"] else None
        values["evidence"] = tuple(Evidence(**each) for each in values["evidence"])
        return cls(**values)
