"""Every error a person can meet: what happened, with what, and what to do next.

Nothing here is imported from the package, so that any layer may raise these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Location:
    """A place in a file of the user's. Lines and columns count from 1; None when unknown."""

    file: Path
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Give `file:line:column`, leaving out what is unknown."""
        parts = [str(self.file), self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)

    def to_json(self) -> dict[str, object]:
        """Give file and line as `location` of results.json has them."""
        return {"file": str(self.file), "line": self.line}


class ConformanceError(Exception):
    """An error for a person to read: the offender, where it stands, what is allowed, what to do.

    Args:
        problem: one sentence that names the offender.
        location: file, line and column of the offender, if it stands in a file.
        allowed: the valid choices, if there is a closed list of them.
        advice: the next step for the reader.

    """

    exit_status = 3

    def __init__(
        self,
        problem: str,
        *,
        location: Location | None = None,
        allowed: Iterable[str] = (),
        advice: str = "",
    ) -> None:
        self.problem = problem
        self.location = location
        self.allowed = tuple(allowed)
        self.advice = advice
        super().__init__(self.text())

    def text(self) -> str:
        """Give the whole message, one fact a line, without the class name."""
        lines = [f"{self.location}: {self.problem}" if self.location else self.problem]
        if self.allowed:
            lines.append("allowed: " + ", ".join(self.allowed))
        if self.advice:
            lines.append("next step: " + self.advice)
        return "\n".join(lines)


class UsageError(ConformanceError):
    """Wrong use of an option, a run file or a manifest (exit status 4)."""

    exit_status = 4


class TargetError(UsageError):
    """The run file, a resource file or the manifest cannot be read as what it must be (exit status 4)."""


class RuntimeUnavailableError(ConformanceError):
    """daprd, placement, scheduler or sentry cannot be had on this machine (exit status 6)."""

    exit_status = 6


class BlockedError(ConformanceError):
    """The environment, not the app, stopped a run: a port taken, an outside kill, a full disk (exit status 6)."""

    exit_status = 6


class HarnessError(ConformanceError):
    """A fault of dapr-conformance itself (exit status 3)."""

    exit_status = 3
