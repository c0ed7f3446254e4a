"""Service invocation over HTTP (docs: reference/api/service_invocation_api)."""

from __future__ import annotations

from dataclasses import dataclass

from dapr_conformance.building_blocks.http import Headers, HttpClient, Reply


@dataclass(frozen=True)
class ServiceInvocation:
    """Calls of one app through one sidecar; `app_id` is the callee."""

    http: HttpClient
    app_id: str

    def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = ()) -> Reply:
        """Call `path` (raw, with its query, starting with a slash) of the app by any HTTP method."""
        return self.http.call(method, f"/v1.0/invoke/{self.app_id}/method{path}", body=body, headers=headers)
