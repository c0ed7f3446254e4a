"""gRPC status codes and the HTTP statuses that daprd takes them for (pkg/messaging/v1/util.go of Dapr)."""

from __future__ import annotations

OK, UNKNOWN, NOT_FOUND, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 0, 2, 5, 12, 13, 14
NAMES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
_HTTP = (200, 408, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401)
# Back from HTTP the code that Dapr's own API gives for such a failure: a conflict of ETags is ABORTED.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 408: 1, 409: 10, 429: 8, 500: 13, 501: 12, 503: 14, 504: 4}


def name_of(code: int) -> str:
    """Give the name of a code, or its number where it has none."""
    return NAMES[code] if 0 <= code < len(NAMES) else str(code)


def to_http(code: int) -> int:
    """Give the HTTP status that daprd makes of a code."""
    return _HTTP[code] if 0 <= code < len(_HTTP) else 500


def from_http(status: int) -> int:
    """Give the code for an HTTP status."""
    return OK if 200 <= status < 300 else _CODES.get(status, UNKNOWN)
