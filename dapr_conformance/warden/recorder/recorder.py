"""One recorder: its listening socket, its connections, its rules and its exchanges."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine

from dapr_conformance.errors import HarnessError
from dapr_conformance.grpc_message.services import calls
from dapr_conformance.http_message.bodies import FramingError
from dapr_conformance.warden.listeners import ListenerWatch
from dapr_conformance.warden.ports import HOST
from dapr_conformance.warden.protocol import Exchange, Injection, RecorderSpec, Rule
from dapr_conformance.warden.recorder import http2_injection
from dapr_conformance.warden.recorder import injection as injecting
from dapr_conformance.warden.recorder.h2c import H2cPair
from dapr_conformance.warden.recorder.http1 import Http1Pair
from dapr_conformance.warden.recorder.http2_stream import Stream
from dapr_conformance.warden.recorder.pair import Pair
from dapr_conformance.warden.recorder.record import Record
from dapr_conformance.warden.recorder.rules import RuleBook
from dapr_conformance.warden.recorder.store import Store

PROTOCOLS = ("http1", "h2c", "grpc")
_BACKLOG = 1024
_COPY_TIMEOUT_S = 60.0


class Recorder:
    """Listens on a bound socket and joins every connection to the upstream port."""

    def __init__(self, spec: RecorderSpec, bound: socket.socket, watch: ListenerWatch) -> None:
        """Listen at once, or whenever something listens on the upstream port.

        Raises:
            HarnessError: the protocol is unknown.

        """
        if spec.protocol not in PROTOCOLS:
            raise HarnessError(f"no recorder speaks {spec.protocol!r}", allowed=PROTOCOLS)
        self.spec = spec
        self.store = Store()
        self.rules = RuleBook()
        self._calls = calls()
        self._socket = bound
        self._pairs: set[Pair] = set()
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._upstream: frozenset[int] = frozenset()  # the upstream's listening sockets for which this one listens
        self._open = False
        self._unwatch: Callable[[], None] | None = None
        bound.setblocking(False)
        if spec.listen_with_upstream:
            self._unwatch = watch.watch(spec.upstream_port, self._follow)
        else:
            self._listen()

    def _listen(self) -> None:
        # Accepted connections inherit SO_REUSEADDR, and so do not stand in the way of listening again. While this
        # socket listens nobody else can bind its port; while it does not, it must be without the option for that.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.listen(_BACKLOG)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)
        self._open = True

    def _shut(self) -> None:
        """Stop listening, keep the port: connections not accepted yet are reset, further ones refused."""
        if self._open:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            self._socket.shutdown(socket.SHUT_RD)
            self._open = False

    def _follow(self, sockets: frozenset[int]) -> None:
        """Listen while the upstream does; another listening socket than before is a restarted upstream."""
        if self._open and not sockets & self._upstream:
            self._shut()
        self._upstream = sockets
        if sockets and not self._open:
            self._listen()

    def _accept(self) -> None:
        for _ in range(_BACKLOG):
            try:
                accepted, _ = self._socket.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            accepted.setblocking(False)
            self._run(self._join(accepted))

    def _run(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        pair = self._pair()
        self._pairs.add(pair)
        pair.client_gone = lambda: self._pairs.discard(pair)
        await loop.connect_accepted_socket(lambda: pair.client, accepted)
        try:
            await loop.create_connection(lambda: pair.upstream, HOST, self.spec.upstream_port)
        except OSError:
            pair.upstream_refused()

    def _pair(self) -> Pair:
        self._connections += 1
        if self.spec.protocol != "http1":
            return H2cPair(self._connections, self.store, self.rules, self._calls, self._copy_stream)
        return Http1Pair(self._connections, self.store, self.rules, self._copy)

    def _copy(self, raw: bytes, original: Record, rule: Rule) -> None:
        async def copy() -> None:
            record = injecting.opened(self.store, raw)
            record.rules = original.rules
            await injecting.send(self.store, record, raw, self.spec.upstream_port, _COPY_TIMEOUT_S)

        self._repeat(copy, rule)

    def _copy_stream(self, stream: Stream, rule: Rule) -> None:
        async def copy() -> None:
            record = http2_injection.copied(self.store, stream.record)
            message, port = stream.asked.message, self.spec.upstream_port
            await http2_injection.send(self.store, record, stream.form, message, port, _COPY_TIMEOUT_S)

        self._repeat(copy, rule)

    def _repeat(self, copy: Callable[[], Coroutine[object, object, None]], rule: Rule) -> None:
        async def one_by_one() -> None:
            for _ in range(rule.times):
                await copy()

        for work in [copy] * rule.times if rule.concurrent else [one_by_one]:
            self._run(work())

    async def inject(self, injection: Injection) -> Exchange:
        """Send a request to the upstream as if the client had, past the rules; returns its exchange.

        Raises:
            HarnessError: it is no HTTP/1.1 request, or cannot be said in the recorder's protocol.

        """
        if self.spec.protocol != "http1":
            return await self._inject_http2(injection)
        raw = injecting.compose(injection, self.spec.upstream_port)
        try:
            record = injecting.opened(self.store, raw)
        except FramingError as error:
            raise HarnessError(f"cannot inject {injection.method!r} {injection.target!r}: {error}") from error
        await injecting.send(self.store, record, raw, self.spec.upstream_port, injection.timeout_s)
        return self.exchange(record)

    async def _inject_http2(self, injection: Injection) -> Exchange:
        known, port = self._calls if self.spec.protocol == "grpc" else None, self.spec.upstream_port
        record, form, message = http2_injection.composed(self.store, injection, port, known)
        await http2_injection.send(self.store, record, form, message, port, injection.timeout_s)
        return self.exchange(record)

    def exchange(self, record: Record) -> Exchange:
        """Give a record's value for readers."""
        return record.exchange(self.spec.name, self.spec.side)

    def absent(self, *, absent: bool) -> None:
        """Be gone as a process that has ended is, with every connection reset, or come back; nothing is forgotten.

        Raises:
            HarnessError: whether this recorder listens is its upstream's affair.

        """
        if self._unwatch is not None:
            raise HarnessError(f"recorder {self.spec.name!r} listens as its upstream does")
        if absent:
            self._leave()
        elif not self._open:
            self._listen()

    def _leave(self) -> None:
        self._shut()
        for pair in list(self._pairs):
            pair.close()

    def close(self) -> socket.socket:
        """Stop listening and reset every connection; returns the socket, bound but not listening."""
        if self._unwatch is not None:
            self._unwatch()
        self._leave()
        for task in self._tasks:
            task.cancel()
        return self._socket
