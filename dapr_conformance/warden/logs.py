"""What a process says: its lines in a ring with times, and everything (up to a cap) in a file."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

from dapr_conformance.warden.protocol import LogLine

RING_LINES = 2_000
LINE_BYTES = 8 * 1024  # a longer line is kept cut in the ring; the file has it whole
FILE_BYTES = 20 * 1024 * 1024
_PIPE_BYTES = 64 * 1024


class Log:
    """The log of one name: the ring and the file outlive restarts of the process."""

    def __init__(self, path: Path) -> None:
        """Open the file to append to."""
        self._ring: deque[tuple[int, str, bytes]] = deque(maxlen=RING_LINES)
        self._file: BinaryIO | None = path.open("ab", buffering=0)
        self._left = FILE_BYTES - path.stat().st_size

    def write(self, stream: str, block: bytes) -> None:
        """Take whole lines (the last may lack its end); all get the time of now."""
        now = time.monotonic_ns()
        lines = block[:-1] if block.endswith(b"\n") else block
        for line in lines.rsplit(b"\n", RING_LINES)[-RING_LINES:]:
            self._ring.append((now, stream, line[:LINE_BYTES]))
        self._write_file(block if block.endswith(b"\n") else block + b"\n")

    def _write_file(self, block: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(block[: self._left])
            self._left -= len(block)
            if self._left <= 0:
                self._file.write(b"\n[dapr-conformance: the rest is left out, the file is full]\n")
        except OSError:  # a full disk must not end the run; the ring goes on
            self._left = 0
        if self._left <= 0:
            self._file.close()
            self._file = None

    def lines(self, since_ns: int | None, until_ns: int | None, last: int | None) -> list[LogLine]:
        """Give the lines of the ring with since <= time < until, of these the `last` ones."""
        low, high = since_ns or 0, until_ns if until_ns is not None else time.monotonic_ns() + 1
        found = [row for row in self._ring if low <= row[0] < high]
        if last is not None:
            found = found[max(0, len(found) - last) :]
        return [LogLine(at, stream, text.decode(errors="replace").rstrip("\r")) for at, stream, text in found]


class Pipe:
    """The reading end of a process' stdout or stderr, read by the event loop until every writer is gone."""

    def __init__(self, fd: int, stream: str, log: Log) -> None:
        """Start to read."""
        self._fd: int | None = fd
        self._stream = stream
        self._log = log
        self._rest = b""
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._read)

    def drain(self) -> None:
        """Take what is there now, at most some pipes full, so that last words are not lost behind a death."""
        for _ in range(16):
            if not self._read():
                return

    def _read(self) -> bool:
        if self._fd is None:
            return False
        try:
            data = os.read(self._fd, _PIPE_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._close(self._fd)
            return False
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        block, newline, rest = (self._rest + data).rpartition(b"\n")
        if newline:
            self._log.write(self._stream, block + newline)
        if len(rest) > _PIPE_BYTES:  # one endless line, or binary output
            self._log.write(self._stream, rest)
            rest = b""
        self._rest = rest

    def _close(self, fd: int) -> None:
        self._fd = None
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)
        self.flush()

    def flush(self) -> None:
        """Log the line that has no end yet: the process has ended, or its output has."""
        if self._rest:
            self._log.write(self._stream, self._rest)
            self._rest = b""
