"""Whether the answer to a bulk read of state has each key that was asked for, with what is stored under it.

Rule: Dapr docs: reference/api/state_api, Get bulk state. The order is free. Observed with Dapr 1.18.2: of a key that is
asked for twice SQLite answers one entry and fills the list up with entries whose key is empty.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dapr_conformance.checkers.json_value import same


def problem(asked: Sequence[str], stored: Mapping[str, Any], answer: bytes) -> str:
    """Give what is wrong with an answer; empty for nothing.

    Args:
        asked: the keys of the request, a key that was asked for twice twice.
        stored: the value of each key that is there.
        answer: the body.

    """
    entries = read(answer)
    if entries is None:
        return f"no list of entries: {answer[:200]!r}"
    filler = len(asked) > len(set(asked))
    entries = [entry for entry in entries if not (filler and entry.get("key") == "")]
    wrong = _of_keys(Counter(asked), Counter(str(entry.get("key")) for entry in entries))
    return wrong or "; ".join(filter(None, (_of_entry(entry, stored) for entry in entries)))


def read(answer: bytes) -> list[dict[str, Any]] | None:
    """Give the entries of an answer; None if it is no list of them."""
    try:
        entries = json.loads(answer)
    except ValueError:
        return None
    good = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    return entries if good else None


def is_missing(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry says that nothing is stored: it has neither a version nor a value, and no error."""
    return not entry.get("etag") and entry.get("data") is None and not entry.get("error")


def _of_keys(asked: Counter[str], answered: Counter[str]) -> str:
    lost, more = sorted(set(asked) - set(answered)), sorted(answered - asked)
    return "; ".join(
        [
            *([f"without {len(lost)} keys, such as {lost[0]!r}"] if lost else []),
            *([f"with {len(more)} keys more, such as {more[0]!r}"] if more else []),
        ]
    )


def _of_entry(entry: Mapping[str, Any], stored: Mapping[str, Any]) -> str:
    key = entry["key"]
    if key not in stored:
        return "" if is_missing(entry) else f"{key!r}, which is not there, is {json.dumps(entry)[:200]}"
    if entry.get("error") or not entry.get("etag") or "data" not in entry:
        return f"{key!r} is {json.dumps(entry)[:200]}"
    return "" if same(stored[key], entry["data"]) else f"{key!r} has {json.dumps(entry['data'])[:200]}"
