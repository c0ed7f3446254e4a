"""Dapr's HTTP API with nothing but the standard library: time limits, one trace, no failure passed over in silence."""

import json
import os
import secrets
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

BASE = f"http://127.0.0.1:{os.environ.get('DAPR_HTTP_PORT', '3500')}/v1.0"
TIMEOUT_SECONDS, READY_SECONDS, PAUSE_SECONDS = 30.0, 30.0, 0.2  # the sidecar itself tries again for 20 s

_open = build_opener(ProxyHandler({})).open  # the sidecar is never behind a proxy
_HEADERS = {
    "Content-Type": "application/json",
    "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",  # all that this run does is one trace
    **({"dapr-api-token": token} if (token := os.environ.get("DAPR_API_TOKEN")) else {}),
}


class SidecarError(Exception):
    """The sidecar, or what is behind it, did not do what was asked."""


def call(method: str, path: str, value: Any = None) -> bytes:
    """Send a value as JSON and give the answer's body. Raises SidecarError for every status but 2xx."""
    body = None if value is None else json.dumps(value).encode()
    try:
        with _open(Request(BASE + path, body, _HEADERS, method=method), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 BASE is http
            return bytes(answer.read())
    except HTTPError as error:
        raise SidecarError(f"{method} {path} is answered {error.code}: {error.read(200)!r}") from error
    except (OSError, HTTPException) as error:
        raise SidecarError(f"{method} {path} is not answered: {error}") from error


def wait_until_ready() -> None:
    """Wait until the sidecar can reach its components and other apps. Raises SidecarError when that takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while not _ready():
        if time.monotonic() > deadline:
            raise SidecarError(f"not ready after {READY_SECONDS:g} s")
        time.sleep(PAUSE_SECONDS)


def _ready() -> bool:
    try:
        call("GET", "/healthz/outbound")
    except SidecarError:
        return False
    return True
