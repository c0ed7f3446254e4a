"""Publishing through the Dapr SDK (gRPC)."""

import json
from threading import Lock
from typing import Any

import grpc  # type: ignore[import-untyped] # grpc ships no types
from dapr.clients import DaprClient
from dapr.clients.exceptions import DaprGrpcError
from dapr.clients.grpc.interceptors import DaprClientInterceptor

from app import tracing
from app.settings import PUBSUB
from app.sidecar import SidecarError


class TraceInterceptor(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Send the trace context of the current request as gRPC metadata."""

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        """Add the headers to this one call."""
        headers = DaprClientInterceptor(list(tracing.outgoing().items()))
        return headers.intercept_unary_unary(continuation, details, request)  # type: ignore[no-untyped-call]


class _LazyClient:
    """A DaprClient made at its first use: its constructor waits for the sidecar, which waits for this app's port."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: DaprClient | None = None

    def get(self) -> DaprClient:
        with self._lock:
            if self._client is None:
                self._client = DaprClient(interceptors=[TraceInterceptor()])
            return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]


_client = _LazyClient()
close = _client.close


def publish(topic: str, data: Any) -> None:
    """Publish data as JSON. Raises SidecarError when the broker has not taken it."""
    try:
        _client.get().publish_event(PUBSUB, topic, json.dumps(data), data_content_type="application/json")
    except (DaprGrpcError, TimeoutError) as error:
        raise SidecarError(f"{topic} was not published") from error
