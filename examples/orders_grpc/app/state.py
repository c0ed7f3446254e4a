"""Dapr state over gRPC. Every write is first-write-wins, so that nobody overwrites what they have not read."""

import json
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import grpc
from dapr.proto import api_service_v1, api_v1, common_v1

from app import tracing
from app.settings import DAPR_API_TOKEN, DAPR_GRPC_PORT, STATE_STORE, TIMEOUT_SECONDS

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 16
FIRST_WRITE = common_v1.StateOptions(concurrency=common_v1.StateOptions.CONCURRENCY_FIRST_WRITE)

# The sidecar is there after this app listens, and may be restarted: the channel connects when it is used, and again.
_channel = grpc.insecure_channel(
    f"127.0.0.1:{DAPR_GRPC_PORT}",
    options=[("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)],
)
_dapr = api_service_v1.DaprStub(_channel)


@dataclass(frozen=True)
class Record:
    """A stored JSON value with the ETag of the version that was read."""

    value: Any
    etag: str


class ConflictError(Exception):
    """Someone else wrote the record since it was read."""


class SidecarError(Exception):
    """Dapr did not do its part."""


def get(key: str) -> Record | None:
    """Give the record, or nothing when there is none."""
    found = _call(_dapr.GetState, api_v1.GetStateRequest(store_name=STATE_STORE, key=key))
    if not found.etag:
        return None
    return Record(json.loads(found.data), found.etag)


def get_all(keys: Collection[str]) -> dict[str, Any]:
    """Give the values of those records that there are, by key."""
    found = _call(_dapr.GetBulkState, api_v1.GetBulkStateRequest(store_name=STATE_STORE, keys=sorted(keys))).items
    if any(item.error for item in found) or not set(keys) <= {item.key for item in found}:
        raise SidecarError("not every record could be read")
    return {item.key: json.loads(item.data) for item in found if item.data}


def save(key: str, value: Any, etag: str | None = None) -> None:
    """Replace the version that has this ETag; without one, create the record. Raises ConflictError."""
    version = common_v1.Etag(value=etag) if etag else None
    item = common_v1.StateItem(key=key, value=json.dumps(value).encode(), etag=version, options=FIRST_WRITE)
    _call(_dapr.SaveState, api_v1.SaveStateRequest(store_name=STATE_STORE, states=[item]))


def delete(key: str, etag: str) -> None:
    """Delete the version that has this ETag. Raises ConflictError."""
    version = common_v1.Etag(value=etag)
    request = api_v1.DeleteStateRequest(store_name=STATE_STORE, key=key, etag=version, options=FIRST_WRITE)
    _call(_dapr.DeleteState, request)


def retry_conflicts(operation: Callable[P, T]) -> Callable[P, T]:
    """Run a read-change-write again from its read when someone else was faster, at most ATTEMPTS times."""

    @wraps(operation)
    def retried(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return operation(*args, **kwargs)
            except ConflictError:  # noqa: PERF203 a try per attempt is what a retry is
                # Exponential backoff with full jitter: the losers of one round must not meet again in the next.
                time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.25)))  # noqa: S311 not a secret
        raise SidecarError(f"the record changed under each of {ATTEMPTS} attempts")

    return retried


def _call(method: Any, request: Any) -> Any:
    token = [("dapr-api-token", DAPR_API_TOKEN)] if DAPR_API_TOKEN else []
    try:
        return method(request, timeout=TIMEOUT_SECONDS, metadata=[*token, *tracing.outgoing()])
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.ABORTED:
            raise ConflictError from error
        raise SidecarError(f"{error.code().name}: {error.details()}") from error


def close() -> None:
    """Close the connection to the sidecar."""
    _channel.close()
