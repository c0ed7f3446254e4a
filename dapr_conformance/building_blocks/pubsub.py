"""Publish over HTTP (docs: reference/api/pubsub_api)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from dapr_conformance.building_blocks.http import HttpClient, Reply


@dataclass(frozen=True)
class Pubsub:
    """One pub/sub component behind one sidecar."""

    http: HttpClient
    name: str

    def publish(
        self,
        topic: str,
        body: bytes,
        *,
        content_type: str | None = "application/json",
        metadata: Mapping[str, str] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Reply:
        """Publish one event; 204 means that the broker took it. `metadata` becomes `metadata.<key>` parameters."""
        query = urlencode({f"metadata.{key}": value for key, value in (metadata or {}).items()})
        target = f"/v1.0/publish/{quote(self.name)}/{quote(topic, safe='')}" + (f"?{query}" if query else "")
        typed = () if content_type is None else (("content-type", content_type),)
        return self.http.call("POST", target, body=body, headers=(*typed, *headers))
