"""Every verdict of a run in order, and the run's facts: what all reports are made of.

Rows go to the warden as they come, so that a report can be written even if pytest is killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from dapr_conformance.verdict import CheckResult

SCHEMA = "dapr-conformance/results/1"


@dataclass
class Ledger:
    """The rows and facts of one run; `forward` is told every new row (the warden's copy)."""

    run: dict[str, Any]
    target: dict[str, Any]
    environments: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[CheckResult] = field(default_factory=list)
    forward: Callable[[Mapping[str, Any]], None] | None = None
    _began: float = field(default_factory=time.monotonic)

    def add(self, row: CheckResult) -> None:
        """Append one row; a row of an id that is there already (a system row) is kept once."""
        if any(known.id == row.id for known in self.rows):
            return
        self.rows.append(row)
        if self.forward is not None:
            self.forward(row.to_json())

    def header(self) -> dict[str, Any]:
        """Give everything but the rows, for the warden."""
        return {"run": self.run, "target": self.target, "environments": self.environments, "notes": self.notes}

    def results(self, exit_status: int | None) -> dict[str, Any]:
        """Give the mapping that the reports are made from."""
        run = {**self.run, "duration_s": round(time.monotonic() - self._began, 3), "exit_status": exit_status}
        return {
            "schema": SCHEMA,
            "run": run,
            "target": self.target,
            "environments": self.environments,
            "checks": [row.to_json() for row in self.rows],
            "promises": [],
            "series": [],
            "windows": [],
            "notes": list(self.notes),
        }


def utc_now() -> str:
    """Give the present instant as RFC 3339 text in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
