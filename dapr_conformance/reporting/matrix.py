"""The table of verdicts: one row per check file, one column per side and environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SIDES = ("sidecar", "app")
ROWS = 1000
IN_A_CELL = 5  # one check has one row; several are a fault of the ledger, yet have to fit


@dataclass(frozen=True)
class Line:
    """One check file: `cells` holds the rows of each column, in the order of `Matrix.columns`."""

    name: str
    number: int | None
    title: str
    level: str
    cells: tuple[tuple[Mapping[str, Any], ...], ...]


@dataclass(frozen=True)
class Matrix:
    """`columns` are (environment, side); `blocks` maps a building block to its lines in order of their number."""

    environments: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    blocks: Mapping[str, tuple[Line, ...]]


def matrix(rows: Iterable[Mapping[str, Any]]) -> Matrix:
    """Arrange the checks of the two sides; checks of the environment itself have no cell."""
    sided = [row for row in rows if row["vantage"] in SIDES]
    environments = tuple(dict.fromkeys(row["environment"] for row in sided))
    columns = tuple((environment, side) for environment in environments for side in SIDES)
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in sided:
        by_name.setdefault(row["id"].partition("[")[0], []).append(row)
    lines = sorted((_line(name, own, columns) for name, own in by_name.items()), key=_place)[:ROWS]
    block_of = {name: own[0]["block"] for name, own in by_name.items()}
    blocks: dict[str, tuple[Line, ...]] = {}
    for line in lines:
        block = block_of[line.name]
        blocks[block] = (*blocks.get(block, ()), line)
    return Matrix(environments, columns, blocks)


def _line(name: str, rows: list[Mapping[str, Any]], columns: tuple[tuple[str, str], ...]) -> Line:
    first = rows[0]
    cells = tuple(
        tuple(row for row in rows if (row["environment"], row["vantage"]) == column)[:IN_A_CELL] for column in columns
    )
    return Line(name, first["property"], first["title"], first["level"], cells)


def _place(line: Line) -> tuple[bool, int, str]:
    return line.number is None, line.number or 0, line.name
