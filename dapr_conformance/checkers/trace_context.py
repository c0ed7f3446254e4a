"""W3C Trace Context: whether a message goes on with the trace of the one that caused it.

Rule: w3.org/TR/trace-context, sections 3.2 (traceparent) and 3.3 (tracestate).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

Headers = Iterable[tuple[str, str]]

_TRACEPARENT = re.compile(r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_BINARY = re.compile(rb"\x00\x00(.{16})\x01(.{8})\x02(.)", re.DOTALL)
_FIRST_VERSION, _NO_VERSION = "00", "ff"
_FIRST_LENGTH = 55


@dataclass(frozen=True)
class TraceParent:
    """A valid `traceparent`."""

    trace_id: str
    span_id: str


def parse(value: str | None) -> TraceParent | None:
    """Give the ids of a `traceparent`, or None for one that is missing or that the specification calls invalid."""
    found = _TRACEPARENT.fullmatch(value or "")
    if found is None or value is None or found["version"] == _NO_VERSION:
        return None
    if found["version"] == _FIRST_VERSION and len(value) != _FIRST_LENGTH:
        return None
    if not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return TraceParent(found["trace"], found["span"])


def header(headers: Headers, name: str) -> str | None:
    """Give the value of a header without regard to case, several lines as one list (RFC 9110, 5.3)."""
    values = [value for key, value in headers if key.lower() == name]
    return ",".join(values) if values else None


def not_continued(trace_id: str, tracestate: str | None, headers: Headers) -> str:
    """Say how a message fails to go on with a trace; empty when it goes on.

    Args:
        trace_id: of the message that caused it.
        tracestate: that came with the trace, None for none; others may add members to it.
        headers: of the message that was caused.

    """
    lines = list(headers)
    sent = header(lines, "traceparent") or _from_binary(header(lines, "grpc-trace-bin"))
    found = parse(sent)
    if found is None:
        return "no traceparent" if sent is None else f"the invalid traceparent {sent!r}"
    if found.trace_id != trace_id:
        return f"trace id {found.trace_id} instead of {trace_id}"
    kept = members(header(lines, "tracestate"))
    lost = [member for member in members(tracestate) if member not in kept]
    return f"tracestate {','.join(kept)!r} without {','.join(lost)!r}" if lost else ""


def _from_binary(value: str | None) -> str | None:
    """Give the `traceparent` that gRPC's older binary metadata says (OpenCensus, BinaryEncoding.md)."""
    try:
        found = base64.b64decode((value or "") + "==")
    except binascii.Error:
        return None
    ids = _BINARY.fullmatch(found)
    return f"00-{ids[1].hex()}-{ids[2].hex()}-{ids[3].hex()}" if ids else None


def members(tracestate: str | None) -> list[str]:
    """Give the members of a `tracestate`, such as `vendor=value`."""
    return [member.strip() for member in (tracestate or "").split(",") if member.strip()]
