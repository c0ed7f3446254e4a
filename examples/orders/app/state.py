"""Dapr state over HTTP. Every write is first-write-wins, so that nobody overwrites what they have not read."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

import httpx

from app import sidecar
from app.settings import STATE_STORE

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 16


@dataclass(frozen=True)
class Record:
    """A stored JSON value with the ETag of the version that was read."""

    value: Any
    etag: str


class ConflictError(Exception):
    """Someone else wrote the record since it was read."""


def get(key: str) -> Record | None:
    """Give the record, or nothing when there is none."""
    answer = sidecar.check(sidecar.request("GET", _path(key)))
    if answer.status_code == httpx.codes.NO_CONTENT:
        return None
    return Record(answer.json(), answer.headers["etag"])


def get_all(keys: set[str]) -> dict[str, Any]:
    """Give the values of those of the keys that are there, read in one call. Dapr answers them in any order."""
    body = {"keys": list(keys)}
    entries = sidecar.check(sidecar.request("POST", f"/state/{STATE_STORE}/bulk", json=body)).json()
    if any("error" in entry for entry in entries) or not keys <= {entry["key"] for entry in entries}:
        raise sidecar.SidecarError("not every record could be read")
    return {entry["key"]: entry["data"] for entry in entries if "data" in entry}


def save(key: str, value: Any, etag: str | None = None) -> None:
    """Replace the version that has this ETag; without one, create the record. Raises ConflictError."""
    item = {"key": key, "value": value, "options": {"concurrency": "first-write"}}
    _checked(sidecar.request("POST", f"/state/{STATE_STORE}", json=[item | ({"etag": etag} if etag else {})]))


def delete(key: str, etag: str) -> None:
    """Delete the version that has this ETag. Raises ConflictError."""
    _checked(sidecar.request("DELETE", f"{_path(key)}?concurrency=first-write", headers={"If-Match": etag}))


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
        raise sidecar.SidecarError(f"the record changed under each of {ATTEMPTS} attempts")

    return retried


def _path(key: str) -> str:
    return f"/state/{STATE_STORE}/{quote(key, safe='')}"


def _checked(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.CONFLICT:
        raise ConflictError
    sidecar.check(answer)
