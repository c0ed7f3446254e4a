"""Requests that a recorder itself sends to its upstream: copies by a rule, and those that the harness injects."""

from __future__ import annotations

import asyncio
import time

from dapr_conformance.http_message.answer import AnswerReader
from dapr_conformance.http_message.bodies import FramingError, payload
from dapr_conformance.http_message.heads import head_end, parse_request
from dapr_conformance.warden.ports import HOST
from dapr_conformance.warden.protocol import Injection
from dapr_conformance.warden.recorder.record import Capture, Record
from dapr_conformance.warden.recorder.store import Store

_READ_BYTES = 256 * 1024


def compose(injection: Injection, port: int) -> bytes:
    """Give the raw request; `Host`, and `Content-Length` for a body, are added where they are missing."""
    names = {name.lower() for name, _ in injection.headers}
    headers = [*injection.headers]
    if "host" not in names:
        headers.insert(0, ("Host", f"{HOST}:{port}"))
    if injection.body and not names & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(injection.body))))
    lines = [f"{injection.method} {injection.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + injection.body


def opened(store: Store, raw: bytes) -> Record:
    """Start the exchange of a raw request that is to be sent now.

    Raises:
        FramingError: it is no HTTP/1.1 request.

    """
    end = head_end(raw)
    head = parse_request(raw[:end] if end > 0 else raw)
    record = store.open(0)
    record.injected = True
    record.method, record.target, record.request_head = head.method, head.target, raw[:end]
    record.request = Capture(payload(raw[end:], head.body))
    return record


async def send(store: Store, record: Record, raw: bytes, port: int, timeout_s: float) -> None:
    """Send a raw request on a connection of its own and read the answer into its record.

    The outcome is `complete`, `refused`, `upstream_closed`, or `client_closed` when `timeout_s` ran out.
    """
    outcome = "client_closed"
    try:
        outcome = await asyncio.wait_for(_exchange(store, record, raw, port), timeout_s)
    except asyncio.TimeoutError:  # on Python 3.10 not the builtin TimeoutError
        pass
    finally:
        store.ended(record, outcome)


async def _exchange(store: Store, record: Record, raw: bytes, port: int) -> str:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return "refused"
    try:
        writer.write(raw)
        record.request_end_ns = time.monotonic_ns()
        return await _answer(store, record, reader)
    except (OSError, FramingError):
        return "upstream_closed"
    finally:
        writer.close()


async def _answer(store: Store, record: Record, reader: asyncio.StreamReader) -> str:
    answer = AnswerReader(record)
    while not answer.done and not answer.switched:
        data = await reader.read(_READ_BYTES)
        if not data:
            return "complete" if answer.end() else "upstream_closed"
        answer.feed(data)
        store.changed(record)
    return "complete"
