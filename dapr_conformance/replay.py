"""`--dapr-replay`: the failing example of one check, read from the report of an earlier run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dapr_conformance.errors import UsageError
from dapr_conformance.probes.check import Selection


def read(report: Path, check_id: str, examples: int, seed: int) -> Selection:
    """Give what has to run again: the part and example that failed, or the whole check with the seed of that run.

    Args:
        report: the folder of the earlier report.
        check_id: the check to repeat.
        examples: generated examples of each part, if no single example is known.
        seed: the seed of a check that has none in the report.

    Raises:
        UsageError: there is no report, or the check is not in it.

    """
    path = report / "results.json"
    rows = {str(row["id"]): row for row in _checks(path)}
    if check_id not in rows:
        raise UsageError(
            f"--dapr-replay={check_id}: {path} holds no such check",
            allowed=sorted(rows),
            advice="quote the id in a shell, because of its brackets" if rows else "run without --dapr-replay first",
        )
    row = rows[check_id]
    seed = (row.get("reproduce") or {}).get("seed") or seed
    pieces = {piece["title"]: piece["data"] for piece in row["evidence"] if piece["kind"] in ("example", "note")}
    if "part" not in pieces or "minimal example" not in pieces:
        return Selection(examples, seed)
    return Selection(examples, seed, pieces["part"]["text"], pieces["minimal example"]["value"], has_example=True)


def _checks(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["checks"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise UsageError(
            f"--dapr-replay repeats a check of an earlier run, but its report {path} cannot be read: {why}",
            advice="run without --dapr-replay first, or name the report's folder with --dapr-report",
        ) from None
