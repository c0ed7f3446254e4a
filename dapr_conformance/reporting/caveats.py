"""What voids a pass, or makes it worth less: read before the green rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dapr_conformance.reporting.coverage import app_side

_NOTHING = "Nothing was judged on the app's side: green rows speak of the sidecar only."
_WATCHED = "Of the app's side nothing was judged but that it works without a port: green rows speak of the sidecar."


def caveats(results: Mapping[str, Any]) -> list[str]:
    """Give the sentences, gravest first: what the data shows, then the notes of the run.

    A fact that a note already tells (it has the fact's keyword in it) is not told twice.
    """
    notes = [str(note) for note in results["notes"]]
    told = " ".join(notes).lower()
    return [sentence for keyword, sentence in _facts(results) if keyword not in told] + notes


def _facts(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _cut_short(results["run"]["exit_status"])
    rows = results["checks"]
    broken = sum(bool(row["harness_fault"]) for row in rows)
    if broken:
        yield "harness", f"{_checks(broken)} broke through a fault of dapr-conformance itself; judged nothing there."
    if not app_side(results).judged:
        yield "app's side", _WATCHED if _was_watched(rows) else _NOTHING
    yield from _unseen(rows)
    yield from _stand_ins(results["environments"])


def _was_watched(rows: list[Mapping[str, Any]]) -> bool:
    return any(row["verdict"] == "passed" and row["id"].startswith("system/app_works") for row in rows)


def _cut_short(status: int | None) -> Iterator[tuple[str, str]]:
    if status is None:
        yield "missing", "The run was killed: checks that had not finished are missing from this page."
    if status == 2:
        yield "interrupted", "The run was interrupted: checks that had not finished are missing from this page."


def _unseen(rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    unknown = [row for row in rows if row["verdict"] in ("inconclusive", "blocked")]
    if unknown:
        yield "inconclusive", f"{_checks(len(unknown))} could not come to a verdict; each says below what was missing."
    empty = [
        row["id"] for row in rows if row["verdict"] == "passed" and not row["examples"] and row["vantage"] != "system"
    ]
    if empty:
        yield "no example", "Passed without any example: " + ", ".join(empty) + "."


def _stand_ins(environments: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    replaced = [c for environment in environments for c in environment["components"] if c["stand_in"]]
    if replaced:
        names = ", ".join(f"{c['name']} ({c['type']} for {c['declared_type']})" for c in replaced)
        yield "stand-in", f"Judged on stand-ins, not on the declared components: {names}."


def _checks(number: int) -> str:
    return f"{number} check" if number == 1 else f"{number} checks"
