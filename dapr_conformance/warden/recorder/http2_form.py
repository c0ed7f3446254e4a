"""How the messages of an HTTP/2 stream read as an exchange, and what is sent for an exchange: plain HTTP, or gRPC.

A head is kept as HTTP/1.1 would write it, so that rules, evidence and replay have one vocabulary.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from dapr_conformance.grpc_message import fields, framing
from dapr_conformance.grpc_message.equivalent import Answer, Call, Request
from dapr_conformance.grpc_message.protobuf import ProtobufError
from dapr_conformance.grpc_message.status import OK, UNAVAILABLE, UNKNOWN, from_http, name_of, to_http
from dapr_conformance.http_message.heads import header_lines
from dapr_conformance.warden.recorder.http2_leg import Lines
from dapr_conformance.warden.recorder.record import Capture, Record

GRPC = b"application/grpc"
# What belongs to the call and not to its metadata (gRPC over HTTP/2), and what HTTP/2 does not carry.
_OF_THE_CALL = frozenset({"te", "content-type", "grpc-encoding", "grpc-accept-encoding", "grpc-timeout"})
_OF_THE_ANSWER = frozenset({*_OF_THE_CALL, "grpc-status", "grpc-message", "grpc-status-details-bin"})
_OF_HTTP1 = frozenset({"host", "connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "te"})
_MESSAGE_SAFE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


@dataclass
class Message:
    """One message of a stream: its head, its body, and what stands behind it."""

    lines: Lines = field(default_factory=list)
    body: bytes = b""
    trailers: Lines = field(default_factory=list)


def form_of(lines: Lines, calls: Mapping[str, Call]) -> Form:
    """Give the form of the stream that begins with this head."""
    named = dict(lines)
    path = named.get(b":path", b"").decode("latin-1")
    if not named.get(b"content-type", b"").startswith(GRPC):
        return Form()
    return GrpcForm(path, calls.get(path))


def head(first: str, lines: Iterable[tuple[str, str]]) -> bytes:
    """Give a head as HTTP/1.1 would write it."""
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in lines), "", ""]).encode("latin-1", "replace")


def _plain(lines: Lines) -> list[tuple[str, str]]:
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in lines if not n.startswith(b":")]


def _lines(pairs: Iterable[tuple[str, str]]) -> Lines:
    return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in pairs]


class Form:
    """Plain HTTP. `whole`: the body is needed to tell what a request is."""

    protocol = "h2c"
    whole = False

    def read_request(self, record: Record, message: Message) -> None:
        """Note what the request is; a body that was captured while it passed stays as it is."""
        named = dict(message.lines)
        record.method, record.target = (named.get(name, b"").decode("latin-1") for name in (b":method", b":path"))
        host = [("host", named[b":authority"].decode("latin-1"))] if b":authority" in named else []
        record.request_head = head(f"{record.method} {record.target} HTTP/2", [*host, *_plain(message.lines)])

    def write_request(self, record: Record, message: Message) -> Message:
        """Give the message for the record's request, which differs from what came."""
        lines = header_lines(record.request_head)
        host = next((value for name, value in lines if name.lower() == "host"), "")
        pseudo = {":method": record.method, ":path": record.target, ":authority": host}
        before = [(name, value) for name, value in message.lines if name.startswith(b":")]
        kept = [(name, pseudo.get(name.decode(), value.decode("latin-1")).encode("latin-1")) for name, value in before]
        return Message([*kept, *_lines(_carried(lines, record))], record.request.data(), message.trailers)

    def read_answer(self, record: Record, message: Message) -> None:
        """Note what the answer is."""
        status = dict(message.lines).get(b":status", b"0").decode("latin-1")
        record.status = int(status) if status.isdigit() else None
        record.response_head = head(f"HTTP/2 {status}", [*_plain(message.lines), *_plain(message.trailers)])

    def write_answer(self, record: Record, message: Message) -> Message:  # noqa: ARG002 - gRPC needs it
        """Give the message for the record's answer, which takes the place of the `message` that came."""
        lines = _carried(header_lines(record.response_head), record)
        return Message([(b":status", str(record.status).encode()), *_lines(lines)], record.response.data())

    def lost(self) -> Message | None:
        """Give what a client gets whose connection would be lost; None: its stream is reset."""
        return None


def _carried(lines: Iterable[tuple[str, str]], record: Record) -> list[tuple[str, str]]:
    length = record.request.length if not record.response_head else record.response.length
    kept = [(name, value) for name, value in lines if name.lower() not in _OF_HTTP1]
    return [*kept, ("content-length", str(length))] if length else kept


class GrpcForm(Form):
    """A gRPC call: by its `call` the exchange of Dapr's HTTP API that says the same, else as it is.

    What is not as the tables have it is as one without a table: POST to the method's path, with the bytes that passed.
    """

    protocol = "grpc"

    def __init__(self, path: str, call: Call | None) -> None:
        """Take the gRPC path and what is known of it."""
        self._path = path
        self._call = call
        self._own: frozenset[str] = frozenset()  # names of the header lines that are said in the message
        self.whole = call is not None

    def read_request(self, record: Record, message: Message) -> None:
        """Note what the call says, or that it is passed on as it is."""
        record.grpc_method = self._path
        request = self._said(message) if self._call else None
        if request is None:
            self.whole, self._call = False, None
            request = Request("POST", self._path)
        else:
            record.request = Capture(request.body)
        self._own = frozenset(name.lower() for name, _ in request.headers)
        lines = (*request.headers, *(line for line in _plain(message.lines) if line[0] not in _OF_THE_CALL))
        record.method, record.target = request.method, request.target
        record.request_head = head(f"{record.method} {record.target} HTTP/2", lines)

    def _said(self, message: Message) -> Request | None:
        call = self._call
        try:
            return call.request(fields.read(call.asks, _single(message))) if call else None
        except (ProtobufError, ValueError, LookupError):
            return None

    def write_request(self, record: Record, message: Message) -> Message:
        """Give the message for the record's request; raises ValueError where there is none."""
        lines = header_lines(record.request_head)
        metadata = [(n, v) for n, v in lines if n.lower() not in self._own | _OF_HTTP1 | _OF_THE_CALL]
        ours = [(n, v) for n, v in message.lines if n.startswith(b":") or n.decode() in _OF_THE_CALL]
        head_lines = [line for line in ours if line[0] != b"grpc-encoding"] + _lines(metadata)
        if self._call is None:
            return Message(head_lines, record.request.data())
        request = Request(record.method, record.target, lines, record.request.data())
        written = fields.write(self._call.asks, self._call.asked(request), _single(message))
        return Message(head_lines, framing.framed(written), message.trailers)

    def read_answer(self, record: Record, message: Message) -> None:
        """Note what the answer says."""
        every = _plain([*message.lines, *message.trailers])
        named = dict(every)
        said = named.get("grpc-status", "")
        code = record.grpc_status = int(said) if said.isdigit() else None
        if code is None:
            return super().read_answer(record, message)
        answer = self._answer(code, unquote(named.get("grpc-message", "")), message)
        record.status = answer.status
        if self._call is not None:
            record.response = Capture(answer.body)
        own = {name.lower() for name, _ in answer.headers}
        lines = [line for line in every if line[0] not in _OF_THE_ANSWER | own]
        record.response_head = head(f"HTTP/2 {answer.status}", (*answer.headers, *lines))
        return None

    def _answer(self, code: int, text: str, message: Message) -> Answer:
        if self._call is None:
            return Answer(to_http(code))
        try:
            given = fields.read(self._call.gives, _single(message)) if code == OK else {}
            return self._call.answer(given) if code == OK else self._call.failure(code, text)
        except (ProtobufError, ValueError, LookupError) as error:
            return self._call.failure(UNKNOWN, f"the message cannot be read: {error}")

    def write_answer(self, record: Record, message: Message) -> Message:
        """Give the message for the record's answer, UNKNOWN where there is none."""
        lines = header_lines(record.response_head)
        answer = Answer(record.status or 0, lines, record.response.data())
        code = self._call.code(answer) if self._call else from_http(answer.status)
        record.grpc_status = code
        begun = [(b":status", b"200"), (b"content-type", b"application/grpc")]
        if code != OK:
            return Message([*begun, *_status(code, _reason(answer.body))])
        if self._call is None:
            return Message(begun, answer.body, _status(OK, ""))
        try:
            original = _single(message) if message.body else b""
            given = fields.write(self._call.gives, self._call.given(answer), original)
        except (ProtobufError, ValueError, LookupError, TypeError, AttributeError) as error:
            # Over HTTP such a body breaks what reads it; there is no message that could say it.
            record.grpc_status = UNKNOWN
            return Message([*begun, *_status(UNKNOWN, f"{answer.body[:200]!r} is no such message: {error}")])
        kept = [(n, v) for n, v in message.lines if n.decode() not in _OF_THE_ANSWER and not n.startswith(b":")]
        return Message([*begun, *kept], framing.framed(given), _status(OK, ""))

    def lost(self) -> Message:
        """Give what gRPC's clients make of a lost connection."""
        begun = [(b":status", b"200"), (b"content-type", b"application/grpc")]
        return Message([*begun, *_status(UNAVAILABLE, "the connection was closed by a rule")])


def _single(message: Message) -> bytes:
    return framing.single(message.body, dict(message.lines).get(b"grpc-encoding", b"").decode("latin-1"))


def _reason(body: bytes) -> str:
    """Give the text of a failure: over HTTP, Dapr says it in the field `message`."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, LookupError, TypeError):
        return body.decode("utf-8", "replace")


def _status(code: int, text: str) -> Lines:
    said = [(b"grpc-message", quote(text or name_of(code), safe=_MESSAGE_SAFE).encode())] if code != OK else []
    return [(b"grpc-status", str(code).encode()), *said]
