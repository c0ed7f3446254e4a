"""What an app shows of several records at once: each with its own identifier, nothing in the place of a missing one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dapr_conformance.checkers.json_pointer import found_at
from dapr_conformance.checkers.json_value import contains

Rows = Sequence[tuple[str, Any]]


def rows(answer: bytes, pointer: str, id_field: str) -> Rows | None:
    """Give (identifier, record) as an answer shows them; None if there is neither a list nor an object of records.

    Args:
        answer: the body.
        pointer: JSON pointer to a list of records, or to an object that holds them by identifier.
        id_field: the field of a record in a list that holds its identifier.

    """
    try:
        shown = found_at(json.loads(answer), pointer)
    except ValueError:
        return None
    if isinstance(shown, dict):
        return list(shown.items())
    if not isinstance(shown, list):
        return None
    return [(str(row[id_field]), row) for row in shown if isinstance(row, dict) and id_field in row]


def problem(asked: Collection[str], saved: Mapping[str, Any], shown: Rows) -> str:
    """Give what is wrong with what is shown; empty for nothing.

    Args:
        asked: the identifiers that were asked for.
        saved: the records that are there, by identifier.
        shown: see `rows`.

    """
    by_identifier = dict(shown)
    wanted = [each for each in dict.fromkeys(asked) if each in saved]
    lost = [each for each in wanted if by_identifier.get(each) is None]
    if lost:
        return f"{len(lost)} of {len(wanted)} records are not shown, such as {lost[0]}"
    wrong = [(each, row) for each, row in shown if row is not None and not _is_right(each, row, saved)]
    return f"{wrong[0][0]} is shown as {json.dumps(wrong[0][1])[:300]}" if wrong else ""


def _is_right(identifier: str, row: Any, saved: Mapping[str, Any]) -> bool:
    if identifier in saved:
        return contains(saved[identifier], row)
    # A word about what is missing is no record of it.
    return not any(body and isinstance(row, dict) and body.keys() <= row.keys() for body in saved.values())
