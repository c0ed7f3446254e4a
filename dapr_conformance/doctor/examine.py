"""The examination: everything is looked at at once, told as a table, and summed up in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from dapr_conformance.doctor import dapr, packages, programs
from dapr_conformance.doctor.finding import Finding, lines
from dapr_conformance.exit_status import BLOCKED, CONFORMANT
from dapr_conformance.runtime.versions import DEFAULT

_RUN = "pytest --dapr-target=APP_ID"


def examine() -> list[Finding]:
    """Look at everything; takes as long as the slowest answer, which has a deadline."""
    tools = [lambda row=row: programs.program(row) for row in programs.PROGRAMS]
    probes: list[Callable[[], list[Finding]]] = [
        dapr.runtimes,
        packages.packages,
        dapr.cache_folder,
        programs.docker,
        dapr.go,
        *tools,
        programs.namespaces,
    ]
    with ThreadPoolExecutor(len(probes)) as pool:
        return [finding for found in pool.map(lambda probe: probe(), probes) for finding in found]


def tell(findings: Sequence[Finding], say: Callable[[str], None]) -> int:
    """Print the table and what can be run now; gives 0 if an app can be judged, else 6."""
    for line in lines(findings):
        say(line)
    say("")
    lacking = [finding for finding in findings if finding.needed and not finding.found]
    versions = [finding.runtime for finding in findings if finding.runtime]
    say(_summary(lacking, versions))
    return BLOCKED if lacking or not versions else CONFORMANT


def _summary(lacking: Sequence[Finding], versions: Sequence[str]) -> str:
    if lacking:
        return f"No app can be judged yet: {lacking[0].state}. Next step: {lacking[0].get}"
    if not versions:
        step = "dapr-conformance runtime install"
        return f"No app can be judged yet: there is no Dapr here. Next step: {step}, or {_RUN}, which does it first."
    if DEFAULT in versions:
        others = [version for version in dict.fromkeys(versions) if version != DEFAULT]
        also = f"; with --dapr-runtime-version also {', '.join(others)}" if others else ""
        return f"Ready: {_RUN} judges an app beside Dapr {DEFAULT}{also}."
    return f"Ready: {_RUN} --dapr-runtime-version={versions[-1]}; without that option Dapr {DEFAULT} is got first."
