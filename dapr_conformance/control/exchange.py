"""Requests and answers of HTTP/1.1 with raw targets and header lines exactly as they came (RFC 9112)."""

from __future__ import annotations

import http
import json
from dataclasses import dataclass
from typing import Any, BinaryIO

_LINE_LIMIT = 65536
_NO_BODY_STATUSES = frozenset({204, 205, 304})


class MalformedRequestError(Exception):
    """The bytes on the connection are not an HTTP/1.1 request."""


@dataclass(frozen=True)
class Request:
    """One request: `target` is raw (path and query undecoded), header lines keep their order and repetitions."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    keep_alive: bool = True

    @property
    def path(self) -> str:
        """Give the raw path, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Give the raw query, without the question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Give the first header of that name, without regard to case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """One answer. With `close` the connection ends without any answer; `chunked` and `lower_case` change the form."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    close: bool = False
    chunked: bool = False
    lower_case: bool = False

    def to_bytes(self, method: str) -> bytes:
        """Give the answer as it goes over the wire, as one piece; HEAD gets the head of what GET would get."""
        lines = [*self.headers, *self._framing()]
        if self.lower_case:
            lines = [(name.lower(), value) for name, value in lines]
        head = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", *(f"{name}: {value}" for name, value in lines)]
        body = b"" if method == "HEAD" or self.status in _NO_BODY_STATUSES else self._framed_body()
        return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + body

    def _framing(self) -> list[tuple[str, str]]:
        if self.status in _NO_BODY_STATUSES:
            return []
        return [("Transfer-Encoding", "chunked") if self.chunked else ("Content-Length", str(len(self.body)))]

    def _framed_body(self) -> bytes:
        if not self.chunked:
            return self.body
        middle = len(self.body) // 2
        parts = [part for part in (self.body[:middle], self.body[middle:]) if part]
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def json_answer(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Give an answer with a JSON body."""
    return Answer(status, (("Content-Type", "application/json"), *headers), json.dumps(value).encode())


def text_answer(status: int, text: str) -> Answer:
    """Give an answer with a plain text body."""
    return Answer(status, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def read_request(stream: BinaryIO, output: BinaryIO) -> Request | None:
    """Read the next request; None when the client closed. `output` gets the `100 Continue` if one is awaited.

    Raises:
        MalformedRequestError: the bytes are not a request.

    """
    line = _line(stream)
    if line is None:
        return None
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedRequestError(line)
    request = Request(parts[0], parts[1], _headers(stream))
    if (request.header("Expect") or "").lower() == "100-continue":
        output.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        output.flush()
    closes = (request.header("Connection") or "").lower() == "close" or parts[2] == "HTTP/1.0"
    return Request(request.method, request.target, request.headers, _body(stream, request), not closes)


def _line(stream: BinaryIO) -> str | None:
    line = stream.readline(_LINE_LIMIT)
    if line and not line.endswith(b"\n"):
        raise MalformedRequestError("line too long or cut")
    return line.rstrip(b"\r\n").decode("latin-1") if line else None


def _headers(stream: BinaryIO) -> tuple[tuple[str, str], ...]:
    found = []
    while line := _line(stream):
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedRequestError(line)
        found.append((name, value.strip(" \t")))
    return tuple(found)


def _body(stream: BinaryIO, request: Request) -> bytes:
    if "chunked" in (request.header("Transfer-Encoding") or "").lower():
        return b"".join(iter(lambda: _chunk(stream), b""))
    length = request.header("Content-Length") or "0"
    if not length.isdigit():
        raise MalformedRequestError(f"Content-Length: {length}")
    return _exactly(stream, int(length))


def _chunk(stream: BinaryIO) -> bytes:
    try:
        size = int((_line(stream) or "").partition(";")[0], 16)
    except ValueError:
        raise MalformedRequestError("chunk size") from None
    if size == 0:
        _headers(stream)  # trailers, up to the empty line
        return b""
    data = _exactly(stream, size)
    _line(stream)
    return data


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise MalformedRequestError("body cut")
    return data
