"""Sets of records that are saved and read together: sizes around the borders of chunks, gaps, repeats."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Around what programs read and write at a time: 10, 20 and 100.
SIZES = (1, 2, 9, 10, 11, 19, 20, 21, 99, 100, 101)
STORED = SIZES[-1]  # records 0 to 100 are there, those behind are not
_ABSENT = 20


def picks() -> SearchStrategy[dict[str, Any]]:
    """Give which records are asked for: {"size", "missing", "twice", "order"}; see `picked`."""
    few = st.sampled_from((0, 0, 1, 2, 5))
    fields = {"size": st.sampled_from(SIZES), "missing": few, "twice": few, "order": st.integers(0, 2**16)}
    return st.fixed_dictionaries(fields)


def picked(case: Mapping[str, Any]) -> list[int]:
    """Give the numbers of the records of a case, in the order in which they are asked for.

    `size` of them, `missing` of these not there, and `twice` of them once more.
    """
    order, missing = random.Random(case["order"]), min(case["size"], case["missing"])  # noqa: S311 - no secret
    numbers = order.sample(range(STORED), case["size"] - missing)
    numbers += order.sample(range(STORED, STORED + _ABSENT), missing)
    numbers += order.sample(numbers, min(len(numbers), case["twice"]))
    order.shuffle(numbers)
    return numbers
