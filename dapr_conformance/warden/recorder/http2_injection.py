"""Requests that a recorder itself sends to its upstream over HTTP/2, each on a connection of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import h2.events
import h2.exceptions

from dapr_conformance.errors import HarnessError
from dapr_conformance.grpc_message.equivalent import Call
from dapr_conformance.grpc_message.services import method_of
from dapr_conformance.warden.ports import HOST
from dapr_conformance.warden.protocol import Injection
from dapr_conformance.warden.recorder.http2_form import Form, GrpcForm, Message, head
from dapr_conformance.warden.recorder.http2_leg import GoAway, Leg, Part
from dapr_conformance.warden.recorder.http2_stream import Kept, lines_of, parts_of
from dapr_conformance.warden.recorder.record import Capture, Record
from dapr_conformance.warden.recorder.store import Store

_STREAM = 1
_AGENT = "dapr-conformance"


def composed(
    store: Store, injection: Injection, port: int, calls: Mapping[str, Call] | None
) -> tuple[Record, Form, Message]:
    """Start the exchange of a request that is to be sent, in gRPC where `calls` are given, else in plain HTTP.

    Raises:
        HarnessError: it cannot be said so.

    """
    path = injection.target
    if calls is not None:
        path = injection.grpc_method or method_of(injection.method, injection.target, injection.headers)
    form = GrpcForm(path, calls[path]) if calls is not None else Form()
    record = store.open(0, form.protocol)
    record.injected, record.grpc_method = True, path if calls is not None else ""
    record.method, record.target = injection.method, injection.target
    names = {name.lower() for name, _ in injection.headers}
    host = () if "host" in names else (("Host", f"{HOST}:{port}"),)
    first = f"{injection.method} {injection.target} HTTP/2"
    record.request_head = head(first, (*host, *injection.headers))
    record.request = Capture(injection.body)
    try:
        return record, form, form.write_request(record, _begun(record, path, grpc=calls is not None))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        store.ended(record, "client_closed")
        raise HarnessError(f"cannot inject {injection.method} {injection.target} as {path}: {error}") from error


def _begun(record: Record, path: str, *, grpc: bool) -> Message:
    pseudo = {":method": "POST" if grpc else record.method, ":scheme": "http", ":path": path, ":authority": HOST}
    more = {"te": "trailers", "content-type": "application/grpc", "user-agent": _AGENT} if grpc else {}
    return Message([(name.encode(), value.encode("latin-1")) for name, value in {**pseudo, **more}.items()])


def copied(store: Store, original: Record) -> Record:
    """Start the exchange of a copy of a request."""
    copy = store.open(0, original.protocol)
    copy.injected, copy.rules, copy.grpc_method = True, original.rules, original.grpc_method
    copy.method, copy.target, copy.request_head = original.method, original.target, original.request_head
    copy.request = Capture(original.request.data())
    return copy


async def send(store: Store, record: Record, form: Form, message: Message, port: int, timeout_s: float) -> None:
    """Send a request on a connection of its own and read the answer into its record.

    The outcome is `complete`, `refused`, `upstream_closed`, or `client_closed` when `timeout_s` ran out.
    """
    outcome = "client_closed"
    call = _Single(store, record, form, message)
    try:
        outcome = await asyncio.wait_for(call.made(port), timeout_s)
    except asyncio.TimeoutError:  # on Python 3.10 not the builtin TimeoutError
        pass
    finally:
        call.close()
        store.ended(record, outcome)


class _Single(asyncio.Protocol):
    """A connection for one call."""

    def __init__(self, store: Store, record: Record, form: Form, message: Message) -> None:
        self._store, self._record, self._form, self._message = store, record, form, message
        self._answer = Kept()
        self._transport: asyncio.Transport | None = None
        self._leg = Leg(self._write, client=True)
        self._outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def made(self, port: int) -> str:
        """Make the call and give its outcome."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, HOST, port)
        except OSError:
            return "refused"
        return await self._outcome

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(type(transport))
        self._transport = transport
        self._leg.start()
        number = self._leg.http2.get_next_available_stream_id()
        for part in parts_of(self._message):
            self._leg.send(number, part, lambda _: None)
        self._leg.flush()
        self._record.request_end_ns = time.monotonic_ns()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._leg.receive(data):
                self._take(event)
            self._leg.flush()
        except h2.exceptions.ProtocolError:
            self._end("upstream_closed")

    def _take(self, event: h2.events.Event | GoAway) -> None:
        if isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            self._leg.pump(0)
        elif isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
            self._add(Part(lines_of(event.headers), end=event.stream_ended is not None))
        elif isinstance(event, h2.events.DataReceived):
            self._leg.taken(_STREAM, event.flow_controlled_length or 0)
            self._add(Part(data=event.data or b"", end=event.stream_ended is not None))
        elif isinstance(event, h2.events.StreamReset):
            self._end("upstream_closed")

    def _add(self, part: Part) -> None:
        record = self._record
        record.response_start_ns = record.response_start_ns or time.monotonic_ns()
        self._answer.add(part, whole=True)
        if not self._form.whole:
            record.response.add(part.data)
        if part.end:
            self._form.read_answer(record, self._answer.message)
            self._end("complete")

    def connection_lost(self, _error: Exception | None) -> None:
        self._end("upstream_closed")

    def _end(self, outcome: str) -> None:
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()
