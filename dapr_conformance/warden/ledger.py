"""The run's ledger: one JSON line per verdict on disk at once, and the report of a run whose pytest died."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PYTEST_DIED = "pytest died before the end"


class Ledger:
    """`ledger.jsonl` of one run folder.

    The header has `run`, `target`, `environments`, `notes` (as in results.json), `secrets` (texts to mask) and `folder`
    (where the report goes). It may be given in parts; later values replace earlier ones.
    """

    def __init__(self, path: Path, import_path: Sequence[str]) -> None:
        """Start an empty ledger; `import_path` is pytest's, used for the imports of the report."""
        self._path = path
        self._import_path = import_path
        self._header: dict[str, Any] = {}
        self._finished = False

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one row; it is with the kernel when this returns, so a killed pytest or warden does not lose it."""
        with self._path.open("ab") as file:
            file.write(json.dumps(row).encode() + b"\n")

    def header(self, values: Mapping[str, Any]) -> None:
        """Take the header or a part of it."""
        self._header.update(values)

    def finish(self) -> None:
        """Note that pytest came to its end and writes the report itself."""
        self._finished = True

    def report(self) -> Path | None:
        """Write the report in pytest's stead, unless pytest finished or never gave a header; returns its path."""
        if self._finished or "folder" not in self._header:
            return None
        sys.path += [entry for entry in self._import_path if entry not in sys.path]
        from dapr_conformance.reporting import write_all  # slow to import, and needed only then

        return write_all(self.results(), Path(self._header["folder"]), self._header.get("secrets", ()))

    def results(self) -> dict[str, Any]:
        """Give what the report is made from as far as it is known: the header and the rows so far."""
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        return {
            "schema": "dapr-conformance/results/1",
            "run": {**self._header.get("run", {}), "exit_status": None},
            "target": self._header.get("target", {}),
            "environments": self._header.get("environments", []),
            "checks": [json.loads(line) for line in lines],
            "promises": [],
            "series": [],
            "windows": [],
            "notes": [PYTEST_DIED, *self._header.get("notes", [])],
        }
