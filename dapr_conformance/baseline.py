"""Failures that are known (`--dapr-baseline`): they do not fail a run, and one that is gone is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dapr_conformance.errors import Location, UsageError
from dapr_conformance.exit_status import counts_as_failed
from dapr_conformance.verdict import CheckResult, Verdict

_ID = re.compile(r"\S.*\[(app|sidecar|system)\]@\S+")
_WAYS = "name a list of ids of checks, one on each line, or the results.json of an earlier report"
_HOLDS = (Verdict.PASSED, Verdict.WARNED)


@dataclass(frozen=True)
class Baseline:
    """Ids of checks that are known to fail, each with its line in the file (None in a results.json)."""

    file: Path = Path()
    lines: Mapping[str, int | None] = field(default_factory=dict)

    def marked(self, row: CheckResult) -> CheckResult:
        """Give the row, marked as known if it fails and is expected to."""
        if row.id not in self.lines or not counts_as_failed(row, strict=True):
            return row
        return replace(row, known=True, reason=f"{row.reason}; known: {self._place(row.id)}".lstrip("; "))

    def gone(self, rows: Iterable[CheckResult]) -> list[str]:
        """Give a sentence for each known failure that was judged and holds now."""
        holding = {row.id for row in rows if row.verdict in _HOLDS}
        return [f"{self._place(each)}: {each} holds now; take it out" for each in self.lines if each in holding]

    def _place(self, check_id: str) -> str:
        line = self.lines[check_id]
        return f"{self.file}:{line}" if line else str(self.file)


def read(path: Path) -> Baseline:
    """Read a list of ids, one on each line with `#` for comments, or an earlier results.json.

    Raises:
        UsageError: the file cannot be read, or a line is no id of a check.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--dapr-baseline={path}: cannot be read: {error}", advice=_WAYS) from error
    rows = _of_results(path, text) if text.lstrip().startswith("{") else _of_list(path, text)
    return Baseline(path, dict(rows))


def _of_list(path: Path, text: str) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.splitlines(), 1):
        check_id = line.partition(" #")[0].strip()
        if not check_id or check_id.startswith("#"):
            continue
        if not _ID.fullmatch(check_id):
            raise UsageError(
                f"{check_id!r} is no id of a check",
                location=Location(path, number),
                advice="an id looks like properties/state/round_trip[app]@embedded; every report shows them",
            )
        yield check_id, number


def _of_results(path: Path, text: str) -> Iterator[tuple[str, None]]:
    try:
        for row in json.loads(text)["checks"]:
            if row["verdict"] in ("failed", "flaky"):
                yield row["id"], None
    except (ValueError, KeyError, TypeError) as error:
        problem = f"--dapr-baseline={path}: this is no results.json: {type(error).__name__}: {error}"
        raise UsageError(problem, advice=_WAYS) from error
