"""Items in this process' own memory, for a target that keeps its records outside Dapr."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dapr_conformance.control.dapr_http import Dapr
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.state import Item, Outcome, State


class MemoryState(State):
    """Keeps the contract of `State` without a sidecar; the items end with the process."""

    def __init__(self, dapr: Dapr, seams: Seams) -> None:
        super().__init__(dapr, seams, "")
        self._guard = threading.Lock()
        self._items: dict[str, Item] = {}
        self._versions = itertools.count(1)

    def _load(self, key: str) -> Item:
        return self._items.get(key, Item())

    def _save(self, key: str, value: Any, etag: str | None = None) -> Outcome:
        with self._guard:
            if etag is not None and etag != self._load(key).etag:
                return Outcome.CONFLICT
            self._items[key] = Item(value, str(next(self._versions)))
            return Outcome.SAVED

    def load_all(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """Give what each key holds."""
        return {key: self._load(key) for key in keys}

    def _save_all(self, values: Mapping[str, Any]) -> Outcome:
        for key, value in values.items():
            self._save(key, value)
        return Outcome.SAVED

    def delete(self, key: str, etag: str | None = None) -> Outcome:
        """Delete one item; a missing one counts as deleted unless an ETag is given."""
        with self._guard:
            if etag is not None and etag != self._load(key).etag:
                return Outcome.CONFLICT
            self._items.pop(key, None)
            return Outcome.SAVED
