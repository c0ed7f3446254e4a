"""Rows of vantage `system`: about the processes of an arena, not about one of the thirty properties."""

from __future__ import annotations

from dapr_conformance.environment import obituary
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.environment.presence import Presence
from dapr_conformance.verdict import Attribution, CheckResult, Evidence, Trigger, Verdict


def of_death(death: Obituary, environment: str, command: str) -> CheckResult:
    """Give the row of an arena that did not start or whose process died.

    Args:
        death: who died, and whose fault it is.
        environment: the key of the environment in results.json.
        command: the command line that repeats the run.

    """
    verdict = Verdict.BLOCKED if death.attribution is Attribution.ENVIRONMENT else Verdict.FAILED
    words = Evidence("log", death.process, {"process": death.process, "lines": list(death.last_words)})
    telling = obituary.telling(death.last_words)
    last = "\n".join(("; its last words:", *telling)) if telling else ""
    return CheckResult.of_system(
        f"system/{death.role}_runs",
        "property",
        environment,
        command,
        title=f"{death.role} runs",
        block="system",
        requirement="App, sidecar and control plane MUST start, become ready and stay alive until they are stopped.",
        source="Dapr docs: sidecar health, operations/resiliency/health-checks",
        verdict=verdict,
        attribution=death.attribution,
        reason=death.reason,
        expected="every process of the environment starts and stays alive",
        actual=f"{death.process} {death.how}{last}",
        location=death.location.to_json() if death.location else None,
        evidence=(words,),
    )


def of_presence(presence: Presence, environment: str, command: str) -> CheckResult:
    """Give the row of an app that listens on no port: it is judged by what it does.

    Args:
        presence: what it turned out to be.
        environment: the key of the environment in results.json.
        command: the command line that repeats the run.

    """
    seen = f"{presence.what}; called its sidecar {presence.calls} times in {presence.watched_s:.1f} s"
    idle = presence.calls == 0
    return CheckResult.of_system(
        "system/app_works",
        "property",
        environment,
        command,
        title="app without a port works",
        block="system",
        requirement="An app that listens on no port MUST use its sidecar and run on, or end with status 0.",
        source="Dapr docs: developing-applications/local-development/multi-app-dapr-run (an app without appPort)",
        verdict=Verdict.INCONCLUSIVE if idle else Verdict.PASSED,
        reason=f"{presence.kind}: {seen}",
        expected="calls to the sidecar, and no other end than with status 0",
        actual=seen,
        trigger=Trigger("call to the sidecar", presence.calls),
        duration_s=presence.watched_s,
    )


def kind_in(row: CheckResult) -> str | None:
    """Give the kind of app that a row tells, None for one that tells none."""
    return row.reason.partition(":")[0] if row.id.startswith("system/app_works[") else None
