"""The report of one run: where it goes, when it is written, and what a person may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dapr_conformance.environment.stand_ins import secret_values
from dapr_conformance.errors import ConformanceError
from dapr_conformance.ledger import Ledger
from dapr_conformance.options import Options
from dapr_conformance.reporting import write_all
from dapr_conformance.reporting.masking import masked
from dapr_conformance.reporting.results_json import complete, plain
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import CheckResult


class Report:
    """The report of the run that a ledger tells.

    `folder` is where it goes; a replay has its own below, so that the run it repeats is kept. `secrets` are the texts
    that no report shows.
    """

    def __init__(self, ledger: Ledger, options: Options, directory: Path) -> None:
        """Take note of where it will be written; `directory` is where the user stands."""
        folder = directory / options.report
        self.folder = folder / "replay" if options.replay else folder
        self.secrets: Sequence[str] = ()
        self._ledger = ledger
        self._claimed = False

    def keep_secret(self, target: Target) -> None:
        """Mask the values that the target's secret references get."""
        self.secrets = secret_values(target)

    def claim(self) -> None:
        """Write this run's first report: nobody takes an earlier one for it, however the run ends.

        Raises:
            ConformanceError: it cannot be written.

        """
        if not self._claimed:
            self.write(None)
        self._claimed = True

    def write(self, status: int | None) -> Path:
        """Write the report and give the path of its index.html; `status` is the exit status, None before the end.

        Raises:
            ConformanceError: it cannot be written.

        """
        return write_all(self._ledger.results(status), self.folder, self.secrets)

    def told(self, error: ConformanceError) -> str:
        """Write the report of a run that ended before it began, and give the error with the report's path."""
        self._ledger.notes.append(error.text())
        try:
            return f"{error.text()}\nreport: {self.write(error.exit_status)}"
        except ConformanceError as unwritten:
            return f"{error.text()}\n{unwritten.text()}"

    def shown(self, status: int | None) -> dict[str, Any]:
        """Give the results as a person may see them: complete, and secrets masked by value."""
        found: dict[str, Any] = masked(complete(self._ledger.results(status)), self.secrets)
        return found

    def shown_row(self, row: CheckResult) -> dict[str, Any]:
        """Give one row as a person may see it."""
        found: dict[str, Any] = masked(plain(row.to_json()), self.secrets)
        return found
