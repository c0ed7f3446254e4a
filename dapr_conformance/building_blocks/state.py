"""State management over HTTP (docs: reference/api/state_api)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dapr_conformance.building_blocks.http import HttpClient, Reply

_JSON = (("content-type", "application/json"),)


@dataclass(frozen=True)
class StateStore:
    """One state component behind one sidecar."""

    http: HttpClient
    name: str

    def save(self, key: str, value: Any, *, etag: str | None = None, concurrency: str | None = None) -> Reply:
        """Save one JSON value; with `etag` the save is conditional. 204 means saved, 409 means the ETag is stale."""
        item: dict[str, Any] = {"key": key, "value": value}
        if etag is not None:
            item["etag"] = etag
        if concurrency is not None:
            item["options"] = {"concurrency": concurrency}
        return self.save_raw(json.dumps([item]).encode())

    def save_raw(self, body: bytes) -> Reply:
        """Send these bytes as the body of a save."""
        return self.http.call("POST", f"/v1.0/state/{quote(self.name)}", body=body, headers=_JSON)

    def save_all(self, items: Sequence[Mapping[str, Any]]) -> Reply:
        """Save several items, each {"key", "value"} with `etag` and `options` as it may be, in one request."""
        return self.save_raw(json.dumps(items).encode())

    def get_all(self, keys: Sequence[str], *, parallelism: int | None = None) -> Reply:
        """Read several keys in one request: 200 with a list of {"key", "data", "etag"}, in any order."""
        body = {"keys": keys, **({} if parallelism is None else {"parallelism": parallelism})}
        return self.http.call(
            "POST", f"/v1.0/state/{quote(self.name)}/bulk", body=json.dumps(body).encode(), headers=_JSON
        )

    def get(self, key: str) -> Reply:
        """Read one key: 200 with the value and an `ETag` header, or 204 when nothing is stored."""
        return self.http.call("GET", self._item(key))

    def delete(self, key: str, *, etag: str | None = None) -> Reply:
        """Delete one key; with `etag` only if it is still current (`If-Match`)."""
        headers = () if etag is None else (("If-Match", etag),)
        return self.http.call("DELETE", self._item(key), headers=headers)

    def _item(self, key: str) -> str:
        return f"/v1.0/state/{quote(self.name)}/{quote(key, safe='')}"
