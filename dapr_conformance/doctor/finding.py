"""One row of the doctor's table, and the table as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked for, and what was seen.

    Attributes:
        what: its name.
        state: version and path, or why it cannot be used.
        use: what it enables.
        get: the command that gets it, with its cost; only shown where it is missing.
        found: whether it can be used.
        runtime: the Dapr version that a run can take, if this is one.
        needed: whether no run is possible without it.

    """

    what: str
    state: str
    use: str
    get: str = ""
    found: bool = True
    runtime: str = ""
    needed: bool = False


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Give the table: two lines for what is found, three for what is missing."""
    width = max(len(finding.what) for finding in findings) + 2
    for finding in findings:
        yield f"{finding.what:{width}}{'found  ' if finding.found else 'missing'}  {finding.state}"
        yield f"{'':{width}}for      {finding.use}"
        if not finding.found and finding.get:
            yield f"{'':{width}}get      {finding.get}"
