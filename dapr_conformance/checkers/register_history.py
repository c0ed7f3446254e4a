"""Whether a concurrent history of one record has an order in which each read shows the latest write before it.

Linearizability of a register (Herlihy and Wing, 1990), searched as Wing and Gong do: an operation may be the next one
if it began before any other of those that remain has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

NEVER = 2**63  # when an operation ended whose end nobody saw


@dataclass(frozen=True)
class Operation:
    """One operation on the record, its instants in ns.

    Args:
        started_ns: when it began.
        ended_ns: when its answer had come; NEVER for a write that may take effect at any time, or not at all.
        writes: the version that it writes; None for a read.
        shows: the versions that what was read may be; empty for a write.

    """

    started_ns: int
    ended_ns: int
    writes: int | None = None
    shows: frozenset[int] = frozenset()

    @property
    def certain(self) -> bool:
        """Tell whether it has taken effect."""
        return self.ended_ns != NEVER


def linearizable(history: Sequence[Operation], version: int) -> bool:
    """Tell whether there is such an order, if the record has this version at first."""

    @cache
    def ends(remaining: frozenset[int], version: int) -> bool:
        certain = [history[number].ended_ns for number in remaining if history[number].certain]
        if not certain:
            return True
        first = min(certain)
        return any(
            ends(remaining - {number}, _after(history[number], version))
            for number in remaining
            if history[number].started_ns <= first and _possible(history[number], version)
        )

    return ends(frozenset(range(len(history))), version)


def _possible(operation: Operation, version: int) -> bool:
    return operation.writes is not None or version in operation.shows


def _after(operation: Operation, version: int) -> int:
    return version if operation.writes is None else operation.writes
