"""The control socket as pytest uses it: many threads ask, one thread reads the answers."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from pathlib import Path
from typing import Any

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import wire

_LAST_WORDS_BYTES = 4_000


class WardenGoneError(HarnessError):
    """The warden has closed its end of the socket: it was killed, or has crashed."""


class Channel:
    """One end of the control socket.

    `dead`: the warden has closed its end.

    Args:
        connected: the socket.
        words: the file that has what the warden wrote to stderr.

    """

    def __init__(self, connected: socket.socket, words: Path) -> None:
        """Start to read."""
        self._socket = connected
        self._words = words
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self.dead = False
        threading.Thread(target=self._read, name="warden-channel", daemon=True).start()

    def ask(self, op: str, args: Mapping[str, Any], timeout_s: float) -> Any:
        """Give the warden's answer.

        Raises:
            ConformanceError: what the warden answers with.
            HarnessError: it is dead, or silent for `timeout_s` seconds.

        """
        number = next(self._numbers)
        answer: Future[Any] = Future()
        self._send(number, answer, wire.line({"id": number, "op": op, "args": args}))
        try:
            row = answer.result(timeout_s)
        except FutureTimeoutError as error:
            raise HarnessError(f"the warden did not answer {op!r} within {timeout_s:g} s") from error
        finally:
            self._waiting.pop(number, None)
        if "error" in row:
            raise wire.error(row["error"])
        return row["result"]

    def _send(self, number: int, answer: Future[Any], line: bytes) -> None:
        with self._lock:  # one line at a time on the socket, and no waiting for a dead warden
            if self.dead:
                raise self._death()
            self._waiting[number] = answer
            try:
                self._socket.sendall(line)
            except OSError as error:
                raise self._death() from error

    def _read(self) -> None:
        with suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                row = json.loads(line)
                answer = self._waiting.get(row["id"])  # nobody waits any more after an interrupt
                if answer is not None:
                    answer.set_result(row)
        with self._lock:
            self.dead = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(self._death())

    def _death(self) -> WardenGoneError:
        try:
            words = self._words.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace").strip()
        except OSError:
            words = ""
        said = f"; it said last:\n{words}" if words else " without a word (killed?)"
        return WardenGoneError("the warden is dead" + said)

    def close(self, timeout_s: float) -> None:
        """Have the warden end everything; returns when it has, when it dies, or after `timeout_s` seconds."""
        with suppress(HarnessError):
            self.ask("close", {}, timeout_s)
        self.leave()

    def leave(self) -> None:
        """Talk no more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
