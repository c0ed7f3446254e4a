"""Heads of HTTP/1.1 messages: where they end, what they say about the body, and their header lines (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dapr_conformance.http_message.bodies import Body, ChunkedBody, FramingError, LengthBody, NoBody, UntilClose

HEAD_LIMIT = 256 * 1024  # far more than any server takes
_END = re.compile(rb"\n\r?\n")
_START = re.compile(rb"[\r\n]*")
_REQUEST = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ \r\n]+) HTTP/1\.[0-9]\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([0-9]{3})(?: [^\r\n]*)?\r?\n")
_FRAMING = re.compile(rb"\n(content-length|transfer-encoding|expect):[ \t]*([^\r\n]*)", re.IGNORECASE)
_CONTINUE, _SWITCHING, _OK, _MULTIPLE, _NO_CONTENT, _NOT_MODIFIED = 100, 101, 200, 300, 204, 304


class RequestHead(NamedTuple):
    """A request's head: raw method and target, and the reader of its body."""

    method: str
    target: str
    body: Body
    expects_continue: bool


class ResponseHead(NamedTuple):
    """An answer's head. An `informational` one is followed by another head; `switched` bytes are no HTTP any more."""

    status: int
    body: Body
    informational: bool
    switched: bool


def head_end(data: bytes) -> int:
    """Give the offset behind the empty line that ends the head at the front of `data`, or -1."""
    start = _START.match(data)
    found = _END.search(data, start.end() if start else 0)
    return found.end() if found else -1


def parse_request(head: bytes) -> RequestHead:
    """Read a request's head.

    Raises:
        FramingError: it is not one of HTTP/1.x, or the length of its body cannot be known.

    """
    line = _REQUEST.match(head)
    if not line:
        raise FramingError(f"no request line: {head[:80]!r}")
    fields = _framing(head, line.end())
    body = _body(fields, NoBody())
    if isinstance(body, UntilClose):
        raise FramingError("a request's transfer coding must end with chunked")
    expects = any(name == b"expect" and value.lower() == b"100-continue" for name, value in fields)
    return RequestHead(line[1].decode("ascii"), line[2].decode("latin-1"), body, expects)


def parse_response(head: bytes, method: str) -> ResponseHead:
    """Read an answer's head; `method` is that of its request (RFC 9112, 6.3).

    Raises:
        FramingError: it is not one of HTTP/1.x, or the length of its body cannot be known.

    """
    line = _STATUS.match(head)
    if not line:
        raise FramingError(f"no status line: {head[:80]!r}")
    status = int(line[1])
    switched = status == _SWITCHING or (method == "CONNECT" and _OK <= status < _MULTIPLE)
    informational = status < _OK and not switched
    bodyless = informational or status in (_NO_CONTENT, _NOT_MODIFIED) or method == "HEAD"
    body = NoBody() if bodyless or switched else _body(_framing(head, line.end()), UntilClose())
    return ResponseHead(status, body, informational, switched)


def _framing(head: bytes, first: int) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value.strip(b" \t")) for name, value in _FRAMING.findall(head, first - 1)]


def _body(fields: Sequence[tuple[bytes, bytes]], otherwise: Body) -> Body:
    if not fields:
        return otherwise
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if codings:
        return ChunkedBody() if b",".join(codings).lower().split(b",")[-1].strip() == b"chunked" else UntilClose()
    lengths = {part.strip() for name, value in fields if name == b"content-length" for part in value.split(b",")}
    if not lengths:
        return otherwise
    length = lengths.pop()
    if lengths or not length.isdigit():
        raise FramingError(f"no usable Content-Length: {length[:40]!r}")
    return LengthBody(int(length))


def header_lines(head: bytes) -> tuple[tuple[str, str], ...]:
    """Give the header lines as (name, value) in their order and case, bytes as Latin-1; folded lines are joined."""
    found: list[tuple[str, str]] = []
    for line in head.lstrip(b"\r\n").decode("latin-1").replace("\r\n", "\n").split("\n")[1:]:
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif line:
            name, _, value = line.partition(":")
            found.append((name, value.strip(" \t")))
    return tuple(found)
