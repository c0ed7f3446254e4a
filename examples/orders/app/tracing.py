"""The W3C trace context of the request being handled, carried on to every outgoing call (w3.org/TR/trace-context)."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar

_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[Mapping[str, str]] = ContextVar("trace_context")


def enter(headers: Mapping[str, str]) -> None:
    """Continue the trace of an incoming request, or begin a new one when it names none."""
    traceparent, tracestate = headers.get("traceparent", ""), headers.get("tracestate")
    if not _VALID.fullmatch(traceparent):
        traceparent, tracestate = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01", None
    _current.set({"traceparent": traceparent} | ({"tracestate": tracestate} if tracestate else {}))


def outgoing() -> Mapping[str, str]:
    """Give the headers that an outgoing call carries; none outside a request."""
    return _current.get({})


def trace_id() -> str | None:
    """Give the trace id as 32 hexadecimal digits, or nothing outside a request."""
    return outgoing().get("traceparent", "")[3:35] or None
