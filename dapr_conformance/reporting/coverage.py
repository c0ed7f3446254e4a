"""How much of the app was judged, and which lines of its manifest would let more be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROPERTIES = 30
_JUDGED = frozenset({"passed", "failed", "flaky", "warned"})
_PARTS = "parts of this check"


@dataclass(frozen=True)
class AppSide:
    """Properties judged on the app's side, the lines that would enable more, and how many properties those add."""

    judged: int
    lines: tuple[str, ...]
    added: int


def app_side(results: Mapping[str, Any]) -> AppSide:
    """Count properties (not rows) on the app's side; a line that several properties share counts once."""
    judged = {_name(row["id"]) for row in results["checks"] if _is_app_judged(row)}
    open_rows = [row for row in not_tested(results) if row["enable"] and "[app]" in row["id"]]
    more = [row for row in open_rows if _name(row["id"]) not in judged]
    lines = tuple(dict.fromkeys(row["enable"] for row in more))
    return AppSide(len(judged), lines, len({_name(row["id"]) for row in more}))


def not_tested(results: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give `{"id", "reason", "enable"}` of all that was not tested, each id once.

    What the run lists comes first, then whole checks and parts of checks that a line of the manifest would enable.
    """
    found = [row for row in results.get("checks", ()) if row.get("verdict") == "unsupported" or row.get("enable")]
    by_id: dict[str, dict[str, str]] = {}
    for row in (*results.get("not_tested", ()), *found):
        plain = {name: str(row.get(name) or "") for name in ("id", "reason", "enable")}
        by_id.setdefault(plain["id"], {**plain, "reason": plain["reason"] or _PARTS})
    return list(by_id.values())


def _is_app_judged(row: Mapping[str, Any]) -> bool:
    return row["vantage"] == "app" and row["property"] is not None and row["verdict"] in _JUDGED


def _name(check_id: str) -> str:
    return check_id.partition("[")[0]
