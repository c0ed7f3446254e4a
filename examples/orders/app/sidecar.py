"""One HTTP client for the sidecar: short time limits, the caller's trace, and no failure passed over in silence."""

from typing import Any

import httpx

from app import settings, tracing

_client = httpx.Client(
    base_url=f"http://127.0.0.1:{settings.DAPR_HTTP_PORT}/v1.0",
    timeout=settings.TIMEOUT_SECONDS,
    headers={"dapr-api-token": settings.DAPR_API_TOKEN} if settings.DAPR_API_TOKEN else {},
    trust_env=False,  # the sidecar is never behind a proxy
)


class SidecarError(Exception):
    """The sidecar did not do what was asked: it is away, too slow, or answered with an error."""


def request(method: str, path: str, *, headers: dict[str, str] | None = None, json: Any = None) -> httpx.Response:
    """Send one request to the sidecar and give its answer, whatever the status.

    Raises SidecarError when there is no answer in time.
    """
    try:
        return _client.request(method, path, headers={**tracing.outgoing(), **(headers or {})}, json=json)
    except httpx.HTTPError as error:
        raise SidecarError(f"no answer from the sidecar: {type(error).__name__}") from error


def check(answer: httpx.Response) -> httpx.Response:
    """Give the answer back when its status is 2xx, else raise SidecarError."""
    if not answer.is_success:
        raise SidecarError(f"the sidecar answered {answer.status_code} to {answer.request.method}: {answer.text[:200]}")
    return answer


def close() -> None:
    """Close the connections to the sidecar."""
    _client.close()
