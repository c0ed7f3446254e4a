"""Where a body ends: each reader takes raw bytes as they arrive and hands on the payload in them (RFC 9112, 6 and 7).

A reader has `done` and `take(data, keep)`: it takes from the front of `data` what belongs to the body, calls `keep`
with the payload parts, and returns how many bytes it took.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Keep = Callable[[bytes], object]

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")
_LINE_LIMIT = 64 * 1024


class FramingError(Exception):
    """The bytes are not HTTP/1.1 as it is framed."""


class NoBody:
    """No body at all."""

    done = True
    until_close = False

    def take(self, data: bytes, keep: Keep) -> int:  # noqa: ARG002 - the same face as the other readers
        """Take nothing."""
        return 0


class LengthBody:
    """A body of `Content-Length` bytes."""

    until_close = False

    def __init__(self, length: int) -> None:
        """Expect `length` bytes."""
        self._left = length
        self.done = length == 0

    def take(self, data: bytes, keep: Keep) -> int:
        """Take up to the length."""
        part = data if len(data) <= self._left else data[: self._left]
        keep(part)
        self._left -= len(part)
        self.done = self._left == 0
        return len(part)


class UntilClose:
    """A body that ends when the connection does."""

    done = False
    until_close = True

    def take(self, data: bytes, keep: Keep) -> int:
        """Take everything."""
        keep(data)
        return len(data)


class ChunkedBody:
    """A chunked body with its trailers; the payload is what the chunks hold."""

    until_close = False

    def __init__(self) -> None:
        """Expect the first chunk's size."""
        self.done = False
        self._left = 0
        self._line = b""
        self._expect: Callable[[bytes], None] = self._size

    def take(self, data: bytes, keep: Keep) -> int:
        """Take up to the end of the trailers.

        Raises:
            FramingError: a chunk has no size, or more than its size.

        """
        at = 0
        while at < len(data) and not self.done:
            at = self._take_data(data, at, keep) if self._left else self._take_line(data, at)
        return at

    def _take_data(self, data: bytes, at: int, keep: Keep) -> int:
        part = data[at : at + self._left]
        keep(part)
        self._left -= len(part)
        return at + len(part)

    def _take_line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at) + 1 or len(data)
        self._line += data[at:end]
        if len(self._line) > _LINE_LIMIT:
            raise FramingError("endless line between chunks")
        if self._line.endswith(b"\n"):
            line, self._line = self._line.rstrip(b"\r\n"), b""
            self._expect(line)
        return end

    def _size(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if not found:
            raise FramingError(f"no chunk size: {line[:40]!r}")
        self._left = int(found[1], 16)
        self._expect = self._after if self._left else self._trailer

    def _after(self, line: bytes) -> None:
        if line:
            raise FramingError(f"a chunk is longer than its size: {line[:40]!r}")
        self._expect = self._size

    def _trailer(self, line: bytes) -> None:
        self.done = not line


Body = NoBody | LengthBody | UntilClose | ChunkedBody


def payload(raw: bytes, body: Body) -> bytes:
    """Give the payload of a whole raw body, with a fresh reader for it."""
    parts: list[bytes] = []
    body.take(raw, parts.append)
    return b"".join(parts)
