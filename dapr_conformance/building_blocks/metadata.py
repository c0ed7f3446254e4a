"""What a sidecar says of itself (docs: reference/api/metadata_api and health_api)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dapr_conformance.building_blocks.grpc import GrpcClient
from dapr_conformance.building_blocks.http import HttpClient


@dataclass(frozen=True)
class Metadata:
    """The metadata and health endpoints of one sidecar."""

    http: HttpClient

    def read(self) -> dict[str, Any]:
        """Give `/v1.0/metadata` as a mapping; empty when it is denied or not to be had yet."""
        reply = self.http.call("GET", "/v1.0/metadata", timeout_s=5.0)
        if not reply.ok:
            return {}
        found = json.loads(reply.body)
        return found if isinstance(found, dict) else {}

    def subscriptions(self, found: Mapping[str, Any] | None = None) -> frozenset[tuple[str, str]]:
        """Give (pubsubname, topic) of what the sidecar knows to be subscribed; `found` is what `read` gave before."""
        rows = (self.read() if found is None else found).get("subscriptions") or ()
        return frozenset((str(row.get("pubsubname")), str(row.get("topic"))) for row in rows)

    def healthy(self, *, outbound: bool = False) -> bool:
        """Tell whether `/v1.0/healthz` (or `/v1.0/healthz/outbound`) answers 204."""
        path = "/v1.0/healthz/outbound" if outbound else "/v1.0/healthz"
        return self.http.call("GET", path, timeout_s=5.0).status == 204


def answers(grpc: GrpcClient) -> bool:
    """Tell whether the sidecar answers over gRPC; a refusal is an answer too: the Configuration may close this API."""
    return grpc.call("/dapr.proto.runtime.v1.Dapr/GetMetadata", timeout_s=5.0).status is not None
