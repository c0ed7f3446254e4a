"""A small HTTP/1.1 server: keep-alive, one thread a connection, every answer in one segment.

An answer in two segments without TCP_NODELAY waits some 40 ms for the peer's delayed ACK.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType
from typing import BinaryIO, NoReturn, cast

from dapr_conformance.control.exchange import (
    Answer,
    MalformedRequestError,
    Request,
    read_request,
    text_answer,
)
from dapr_conformance.errors import BlockedError

_BACKLOG = 1024
_DRAIN_S = 5.0  # daprd's own graceful limit


class Server:
    """Serves `answer` on 127.0.0.1 until SIGTERM, then lets requests under way finish.

    Raises:
        BlockedError: the port cannot be listened on.

    """

    def __init__(self, port: int, answer: Callable[[Request], Answer]) -> None:
        self._answer = answer
        self._under_way = 0
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listen(port)

    def _listen(self, port: int) -> None:
        try:
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen(_BACKLOG)
        except OSError as error:
            problem = f"The control app cannot listen on 127.0.0.1:{port}: {error.strerror}."
            raise BlockedError(problem, advice="end what uses the port, then run again") from error

    def serve(self) -> None:
        """Accept connections for ever; ends the process with 0 on SIGTERM."""
        signal.signal(signal.SIGTERM, _leave)
        try:
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()
        finally:
            self._socket.close()
            self._drain()

    def _drain(self) -> None:
        deadline = time.monotonic() + _DRAIN_S
        with self._changed:
            while self._under_way and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())

    def _serve_connection(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rwb") as stream:
            try:
                while self._serve_request(connection, cast("BinaryIO", stream)):
                    pass
            except MalformedRequestError as error:
                connection.sendall(text_answer(400, f"malformed request: {error}").to_bytes("GET"))
            except OSError:
                pass  # the client left: nobody to answer

    def _serve_request(self, connection: socket.socket, stream: BinaryIO) -> bool:
        request = read_request(stream, stream)
        if request is None:
            return False
        with self._changed:
            self._under_way += 1
        try:
            answer = self._answer_or_500(request)
            if not answer.close:
                connection.sendall(answer.to_bytes(request.method))
            return request.keep_alive and not answer.close
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _answer_or_500(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Exception:  # noqa: BLE001  as every web framework: a handler's error is a 500 and a log entry
            sys.stderr.write(traceback.format_exc())
            return text_answer(500, "the control app failed: see its log")


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
