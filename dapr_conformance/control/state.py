"""One state component through the sidecar's state API (Dapr docs: reference/api/state_api)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote

from dapr_conformance.control.dapr_http import Dapr, Reply
from dapr_conformance.control.locks import Locks
from dapr_conformance.control.seams import Seams

ABSENT = ""  # as an ETag: only if the key does not exist
_CHANGE_ATTEMPTS = 10
_CONFLICT = 409
_BAD_REQUEST = 400


class Outcome(Enum):
    """How a write ended. A write without an answer counts as failed."""

    SAVED = "saved"
    CONFLICT = "conflict"
    FAILED = "failed"


@dataclass(frozen=True)
class Item:
    """What a read gave: `failed` means that nothing is known; else `etag` is `ABSENT` when there is no such key."""

    value: Any = None
    etag: str = ABSENT
    failed: bool = False

    @property
    def found(self) -> bool:
        """Tell whether the key exists."""
        return not self.failed and self.etag != ABSENT


class State:
    """Reads and writes items of `component`. ETag None means last-write; any other one means first-write.

    `change` writes `edit(value)`, where value is None for a missing key, without losing an update of anyone's;
    None from `edit` means: leave the item as it is.
    """

    def __init__(self, dapr: Dapr, seams: Seams, component: str) -> None:
        self._dapr = dapr
        self._path = f"/v1.0/state/{quote(component, safe='')}"
        self._locks = Locks()
        self._key_in_path = seams.through("key_in_path", _key_in_path)
        self.load = seams.through("load", self._load)
        self.save = seams.through("save", self._save)
        self.save_all = seams.through("save_all", self._save_all)
        self._assigned = seams.through("assigned", assigned)
        self._etag = seams.through("etag", _same)
        self._lock = seams.through("lock", self._locks.of)

    def _load(self, key: str) -> Item:
        reply = self._dapr.call("GET", f"{self._path}/{self._key_in_path(key)}")
        if reply.status == 204:
            return Item()
        try:
            return Item(json.loads(reply.body), reply.headers["etag"], failed=not reply.ok)
        except (ValueError, KeyError):
            return Item(failed=True)

    def _save(self, key: str, value: Any, etag: str | None = None) -> Outcome:
        item = {"key": key, "value": value}
        etag = None if etag is None else self._etag(etag)
        if etag is not None:
            item["options"] = {"concurrency": "first-write"}
        if etag:
            item["etag"] = etag
        return _outcome(self._dapr.call("POST", self._path, json.dumps([item]).encode()), etag)

    def load_all(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """Give what each key holds, read in one request."""
        reply = self._dapr.call("POST", f"{self._path}/bulk", json.dumps({"keys": keys}).encode())
        try:
            return self._assigned(keys, json.loads(reply.body)) if reply.ok else _all_failed(keys)
        except (ValueError, KeyError, TypeError):
            return _all_failed(keys)

    def _save_all(self, values: Mapping[str, Any]) -> Outcome:
        items = [{"key": key, "value": value} for key, value in values.items()]
        return _outcome(self._dapr.call("POST", self._path, json.dumps(items).encode()), None)

    def delete(self, key: str, etag: str | None = None) -> Outcome:
        """Delete one item; a missing one counts as deleted unless an ETag is given."""
        path = f"{self._path}/{self._key_in_path(key)}"
        etag = None if etag is None else self._etag(etag)
        return _outcome(self._dapr.call("DELETE", path, if_match=etag), etag)

    def upsert_in_transaction(self, key: str, value: Any) -> Outcome:
        """Write one item by the transaction route."""
        operation = {"operation": "upsert", "request": {"key": key, "value": value}}
        body = json.dumps({"operations": [operation]}).encode()
        return _outcome(self._dapr.call("POST", f"{self._path}/transaction", body), None)

    def change(self, key: str, edit: Callable[[Any], Any]) -> Outcome:
        """Read, edit and write one item (see the class)."""
        with self._lock(key):
            for _ in range(_CHANGE_ATTEMPTS):
                outcome = self._change_once(key, edit)
                if outcome is not Outcome.CONFLICT:
                    return outcome
        return Outcome.CONFLICT

    def _change_once(self, key: str, edit: Callable[[Any], Any]) -> Outcome:
        item = self.load(key)
        if item.failed:
            return Outcome.FAILED
        value = edit(item.value)
        return Outcome.SAVED if value is None else self.save(key, value, item.etag)


def assigned(keys: Sequence[str], entries: Sequence[Mapping[str, Any]]) -> dict[str, Item]:
    """Give what each key holds by the entries of a bulk answer, which come in any order."""
    found = {entry["key"]: item_of(entry) for entry in entries}
    return {key: found.get(key, Item(failed=True)) for key in keys}


def item_of(entry: Mapping[str, Any]) -> Item:
    """Give what one entry of a bulk answer says."""
    return Item(entry.get("data"), entry.get("etag") or ABSENT, failed=bool(entry.get("error")))


def _all_failed(keys: Sequence[str]) -> dict[str, Item]:
    return dict.fromkeys(keys, Item(failed=True))


def _key_in_path(key: str) -> str:
    return quote(key, safe="")


def _same(etag: str) -> str | None:
    return etag


def _outcome(reply: Reply, etag: str | None) -> Outcome:
    if reply.ok:
        return Outcome.SAVED
    # Redis answers 400 for an ETag that is not a number; for the caller it is a mismatch all the same.
    mismatch = reply.status == _CONFLICT or (bool(etag) and reply.status == _BAD_REQUEST and b"etag" in reply.body)
    return Outcome.CONFLICT if mismatch else Outcome.FAILED
