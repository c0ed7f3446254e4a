"""Faults of an app that reads and saves several records at once: each takes the right step and gives a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dapr_conformance.control.fault import Fault
from dapr_conformance.control.state import Item, assigned, item_of

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
Entries = Sequence[Mapping[str, Any]]


def by_position(_right: Step, _arguments: Arguments) -> Step:
    """Take the entries for those of the keys in the order of the request (seam `assigned`)."""

    def assign(keys: Sequence[str], entries: Entries) -> dict[str, Item]:
        return dict.fromkeys(keys, Item()) | {key: item_of(entry) for key, entry in zip(keys, entries, strict=False)}

    return assign


def errors_as_missing(_right: Step, _arguments: Arguments) -> Step:
    """Take an entry with an error for a key that is not there (seam `assigned`)."""
    return lambda keys, entries: assigned(keys, [{**entry, "error": None} for entry in entries])


def lost_as_neighbour(_right: Step, _arguments: Arguments) -> Step:
    """Take a key without an entry for the value of the key before it (seam `assigned`)."""

    def assign(keys: Sequence[str], entries: Entries) -> dict[str, Item]:
        found, last = {entry["key"]: item_of(entry) for entry in entries}, Item()
        return {key: (last := found.get(key, last)) for key in keys}

    return assign


def stops_at_missing(right: Step, _arguments: Arguments) -> Step:
    """See nothing behind the first key that is not there (seam `assigned`)."""

    def assign(keys: Sequence[str], entries: Entries) -> dict[str, Item]:
        items = right(keys, entries)
        first = next((n for n, key in enumerate(keys) if not items[key].found), len(keys))
        return {key: items[key] if n < first else Item() for n, key in enumerate(keys)}

    return assign


def loses_last_of_chunk(right: Step, arguments: Arguments) -> Step:
    """See nothing of the last key of each chunk of `size` (default 10) (seam `assigned`)."""
    size = int(arguments.get("size", 10))

    def assign(keys: Sequence[str], entries: Entries) -> dict[str, Item]:
        last = {key: Item() for key in keys[size - 1 :: size]}
        return {**right(keys, entries), **last}

    return assign


def saves_without_last_of_chunk(right: Step, arguments: Arguments) -> Step:
    """Leave the last item of each chunk of `size` (default 10) unsaved (seam `save_all`)."""
    size = int(arguments.get("size", 10))
    return lambda values: right({key: each for n, (key, each) in enumerate(values.items(), 1) if n % size})


def invents_missing(right: Step, _arguments: Arguments) -> Step:
    """Show what is not there as the record before it (seam `bulk_view`)."""

    def view(items: Sequence[tuple[str, Item]], id_field: str) -> Any:
        shown, last = [], None
        for identifier, item in items:
            last = item if item.found else last
            shown.append((identifier, last or item))
        return right(shown, id_field)

    return view


FAULTS = {
    "bulk_by_position": Fault(
        "Entries of a bulk answer are taken in the order of the request.", {"assigned": by_position}
    ),
    "bulk_errors_as_missing": Fault(
        "A record that could not be read counts as not there.", {"assigned": errors_as_missing}
    ),
    "bulk_lost_as_neighbour": Fault(
        "A record without an entry in the answer is shown as the one before it.", {"assigned": lost_as_neighbour}
    ),
    "bulk_stops_at_missing": Fault("Records behind a missing one are not shown.", {"assigned": stops_at_missing}),
    "bulk_loses_last_of_chunk": Fault(
        "The last record of each ten that are read is lost.", {"assigned": loses_last_of_chunk}
    ),
    "bulk_saves_without_last_of_chunk": Fault(
        "The last record of each ten is not saved.", {"save_all": saves_without_last_of_chunk}
    ),
    "bulk_invents_missing": Fault("What is not there is shown as another record.", {"bulk_view": invents_missing}),
}
