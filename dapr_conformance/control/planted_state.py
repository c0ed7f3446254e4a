"""Faults of an app that keeps records: each takes the right step and its arguments and gives a wrong one."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import quote

from dapr_conformance.control.state import Item, Outcome

Step = Callable[..., Any]
Arguments = Mapping[str, Any]


def ack_without_saving(_right: Step, _arguments: Arguments) -> Step:
    """Say that a record is saved and do nothing (seam `write_record`)."""
    return lambda *_: Outcome.SAVED


def write_behind(right: Step, _arguments: Arguments) -> Step:
    """Say that a record is saved and save it in the background (seam `write_record`)."""

    def save(*values: Any) -> Outcome:
        threading.Thread(target=right, args=values, daemon=True).start()
        return Outcome.SAVED

    return save


def ack_without_deleting(_right: Step, _arguments: Arguments) -> Step:
    """Say that a record is deleted and do nothing (seam `delete_record`)."""
    return lambda *_: Outcome.SAVED


def delete_behind(right: Step, arguments: Arguments) -> Step:
    """Say that a record is deleted and delete it in the background (seam `delete_record`)."""
    return write_behind(right, arguments)


def tombstone(_right: Step, arguments: Arguments) -> Step:
    """Write `value` (default null) over a record instead of deleting it (seam `delete_record`)."""
    return lambda _identifier, _etag, overwrite: overwrite(arguments.get("value"))


def delete_alike(right: Step, _arguments: Arguments) -> Step:
    """Delete with a record the one whose identifier lacks the last character (seam `delete_record`)."""

    def delete(identifier: str, etag: str | None, overwrite: Any) -> Outcome:
        right(identifier[:-1], None, overwrite)
        outcome: Outcome = right(identifier, etag, overwrite)
        return outcome

    return delete


def delete_any_version(right: Step, _arguments: Arguments) -> Step:
    """Delete whatever version there is (seam `delete_record`)."""
    return lambda identifier, _etag, overwrite: right(identifier, None, overwrite)


def delete_once(right: Step, _arguments: Arguments) -> Step:
    """Break on the second deletion of a record (seam `delete_record`)."""
    deleted: set[str] = set()

    def delete(identifier: str, etag: str | None, overwrite: Any) -> Outcome:
        if identifier in deleted:
            return Outcome.FAILED
        deleted.add(identifier)
        outcome: Outcome = right(identifier, etag, overwrite)
        return outcome

    return delete


def still_listed(_right: Step, _arguments: Arguments) -> Step:
    """Leave a deleted record in the list (seam `unlisted`)."""
    return lambda identifiers, _identifier: identifiers


def swallow_conflict(right: Step, _arguments: Arguments) -> Step:
    """Take a conflict for success (seam `save_outcome`)."""
    return lambda outcome: Outcome.SAVED if outcome is Outcome.CONFLICT else right(outcome)


def swallow_failure(right: Step, _arguments: Arguments) -> Step:
    """Take a failed save for success (seam `save_outcome`)."""
    return lambda outcome: Outcome.SAVED if outcome is Outcome.FAILED else right(outcome)


def lowercase_key(right: Step, _arguments: Arguments) -> Step:
    """Lose upper case (seam `state_key`)."""
    return lambda identifier: right(identifier.lower())


def truncate_key(right: Step, arguments: Arguments) -> Step:
    """Keep only the first `length` (default 32) characters (seam `state_key`)."""
    return lambda identifier: right(identifier[: int(arguments.get("length", 32))])


def unescaped_key(_right: Step, _arguments: Arguments) -> Step:
    """Encode a key as if it were a whole URL, as HTTP clients do by themselves (seam `key_in_path`)."""
    return lambda key: quote(key, safe="/?#%+&=;:@!$'()*,[]~")


def stale_cache(right: Step, _arguments: Arguments) -> Step:
    """Show for ever what the first read found (seam `load`)."""
    cache: dict[str, Item] = {}

    def load(key: str) -> Item:
        item: Item = cache.get(key) or right(key)
        return cache.setdefault(key, item) if item.found else item

    return load


def no_etag(_right: Step, _arguments: Arguments) -> Step:
    """Write without the ETag (seam `etag`)."""
    return lambda _etag: None


def no_lock(_right: Step, _arguments: Arguments) -> Step:
    """Change items without waiting for each other (seam `lock`)."""

    def lock(_key: str) -> AbstractContextManager[None]:
        return nullcontext()

    return lock


def lossy_numbers(right: Step, _arguments: Arguments) -> Step:
    """Keep numbers in single precision (seam `entity_body`)."""
    return lambda record: mapped(right(record), _single_precision)


def strip_unicode(right: Step, _arguments: Arguments) -> Step:
    """Put `?` for every character beyond ASCII (seam `entity_body`)."""
    return lambda record: mapped(right(record), _ascii)


def drop_field(right: Step, arguments: Arguments) -> Step:
    """Forget the field `field` of a record, by default its last one (seam `entity_body`)."""

    def body(record: Any) -> Any:
        kept = right(record)
        lost = arguments.get("field") or (list(kept)[-1:] or [None])[0] if isinstance(kept, dict) else None
        return kept if lost is None else {name: value for name, value in kept.items() if name != lost}

    return body


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Give a JSON value with `change` made to everything in it that is neither object nor list."""
    if isinstance(value, dict):
        return {name: mapped(each, change) for name, each in value.items()}
    return [mapped(each, change) for each in value] if isinstance(value, list) else change(value)


def _single_precision(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        return type(value)(struct.unpack("f", struct.pack("f", value))[0])
    except (OverflowError, ValueError):
        return value


def _ascii(value: Any) -> Any:
    return value.encode("ascii", "replace").decode() if isinstance(value, str) else value
