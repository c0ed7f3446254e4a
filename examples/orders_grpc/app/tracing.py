"""The trace of the current call, which every call that it causes goes on with (W3C Trace Context)."""

from collections.abc import Iterable
from contextvars import ContextVar

_HEADERS = ("traceparent", "tracestate", "grpc-trace-bin")
_current: ContextVar[list[tuple[str, str | bytes]]] = ContextVar("trace", default=[])  # noqa: B039 never changed


def incoming(metadata: Iterable[tuple[str, str | bytes]]) -> None:
    """Note the trace of a call that has just come; gRPC gives each one a context of its own."""
    _current.set([(name, value) for name, value in metadata if name in _HEADERS and value])


def outgoing() -> list[tuple[str, str | bytes]]:
    """Give the metadata for a call to the sidecar."""
    return _current.get()
