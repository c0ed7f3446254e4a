"""The control socket as pytest uses it, from any thread.

A thread that runs examples has a connection of its own and reads its answers itself: handing each answer from one
thread to another costs as much as the answer, because Python runs one thread at a time. Of the main thread this must
not be: an interrupt between `recv` and the next line of Python would lose an answer, and with it the order of all that
follow. A thread that no interrupt reaches reads for it.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
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


class _Line:
    """The connection of one thread: a question, then its answer. It is closed when its thread ends."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._answers = connected.makefile("rb")

    def ask(self, question: bytes, timeout_s: float) -> bytes:
        """Give the line of the answer; without its end when the warden is gone. Raises TimeoutError (an OSError)."""
        self._socket.settimeout(timeout_s)
        self._socket.sendall(question)
        return self._answers.readline()

    def hang_up(self) -> None:
        """Let whoever waits for an answer see the end, from another thread."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __del__(self) -> None:
        self._answers.close()
        self._socket.close()


class Channel:
    """One end of the control socket.

    `dead`: the warden has closed its end.

    Args:
        connected: the socket.
        words: the file that has what the warden wrote to stderr.
        connect: gives a further connection to the same warden.

    """

    def __init__(self, connected: socket.socket, words: Path, connect: Callable[[], socket.socket]) -> None:
        """Start to read."""
        self._socket = connected
        self._words = words
        self._connect = connect
        self._own = threading.local()
        self._lines: weakref.WeakSet[_Line] = weakref.WeakSet()
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
        question = wire.line({"id": number, "op": op, "args": args})
        line = self._line()
        try:
            row = self._over_own(line, question, timeout_s) if line else self._over_shared(number, question, timeout_s)
        except (FutureTimeoutError, TimeoutError) as error:
            raise HarnessError(f"the warden did not answer {op!r} within {timeout_s:g} s") from error
        if "error" in row:
            raise wire.error(row["error"])
        return row["result"]

    def _line(self) -> _Line | None:
        """Take this thread's own connection; None for the main thread, and where none can be had."""
        if threading.current_thread() is threading.main_thread() or self.dead:
            return None
        line, self._own.line = getattr(self._own, "line", None), None
        with suppress(HarnessError):  # of this process perhaps, which may have no more open files: not a death
            line = line or _Line(self._connect())
            self._lines.add(line)
        return line

    def _over_own(self, line: _Line, question: bytes, timeout_s: float) -> Any:
        try:
            answer = line.ask(question, timeout_s)
        except TimeoutError:  # its answer may still come: nobody uses this connection again
            raise
        except OSError as error:
            raise self._death() from error
        if not answer.endswith(b"\n"):
            raise self._death()
        self._own.line = line
        return json.loads(answer)

    def _over_shared(self, number: int, question: bytes, timeout_s: float) -> Any:
        answer: Future[Any] = Future()
        self._send(number, answer, question)
        try:
            return answer.result(timeout_s)
        finally:
            self._waiting.pop(number, None)

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
                if not line.endswith(b"\n"):  # the warden died while it answered
                    break
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
        """Talk no more; whoever still waits for an answer is told of a dead warden."""
        self.dead = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for line in list(self._lines):
            line.hang_up()
