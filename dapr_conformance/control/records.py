"""Records of one kind in a state component, each with the events that it has already taken in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dapr_conformance.control.seams import Seams
from dapr_conformance.control.state import Item, Outcome, State


class Records:
    """Keeps a record and the identities of its events in ONE item, so that one write changes both or neither.

    `write` replaces a record; with an ETag only if that is still the current one.
    """

    def __init__(self, state: State, seams: Seams, kind: str) -> None:
        self._state = state
        self._kind = kind
        self._state_key = seams.through("state_key", state_key)
        self.write = seams.through("write_record", self._write)
        self._delete_record = seams.through("delete_record", self._delete)

    def read(self, identifier: str) -> Item:
        """Give the record (its `value`) with its ETag."""
        return _record(self._state.load(self._key(identifier)))

    def read_all(self, identifiers: Sequence[str]) -> list[tuple[str, Item]]:
        """Give the record of each identifier, in one call of the state component."""
        found = self._state.load_all([self._key(each) for each in dict.fromkeys(identifiers)])
        return [(each, _record(found[self._key(each)])) for each in identifiers]

    def _write(self, identifier: str, record: Any, etag: str | None) -> Outcome:
        return self._state.save(self._key(identifier), _kept(record), etag)

    def write_all(self, records: Mapping[str, Any]) -> Outcome:
        """Replace several records in one call of the state component."""
        return self._state.save_all({self._key(identifier): _kept(record) for identifier, record in records.items()})

    def delete(self, identifier: str, etag: str | None) -> Outcome:
        """Delete the record; with an ETag only if it is still the current one."""
        return self._delete_record(identifier, etag, lambda record: self._write(identifier, record, etag))

    def _delete(self, identifier: str, etag: str | None, _overwrite: Callable[[Any], Outcome]) -> Outcome:
        return self._state.delete(self._key(identifier), etag)

    def add_event(self, identifier: str, change: Callable[[Any], Any], identity: str | None) -> bool:
        """Have one event change the record, once for each identity; tell whether the change is there."""

        def edit(value: Any) -> Any:
            record, handled = (json.loads(value["record"]), value["handled"]) if value else (None, [])
            if identity in handled:
                return None
            return _kept(change(record), [*handled, identity] if identity else handled)

        return self._state.change(self._key(identifier), edit) is Outcome.SAVED

    def _key(self, identifier: str) -> str:
        return f"{self._kind}-{self._state_key(identifier)}"


def _record(item: Item) -> Item:
    return Item(json.loads(item.value["record"]), item.etag) if item.found else item


def _kept(record: Any, handled: Sequence[str] = ()) -> dict[str, Any]:
    # As text: the state API reads numbers as 64-bit floats.
    return {"record": json.dumps(record), "handled": handled}


def state_key(identifier: str) -> str:
    """Give an identifier's part of a state key, different for different identifiers: daprd refuses `||` in keys."""
    return identifier.replace("%", "%25").replace("|", "%7C")
