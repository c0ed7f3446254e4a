"""What one end sends is, byte for byte, what the other gets, and the record says what it was."""

import hashlib
import itertools
import socket
import threading
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GET = b"GET /x?a=%2F&b=1 HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

MESSAGES = {
    "length": (
        b"POST /p HTTP/1.1\r\nhost:h\r\nX-ODD-case:  two  spaces \r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 201 Made\r\nB: 2\r\na: 1\r\nB: 1\r\ncontent-length:3\r\n\r\nabc",
        ("POST", b"hello", 201, b"abc"),
    ),
    "chunked": (
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n0A\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n3\r\nabc\r\n000\r\nX-T: 9\r\nY: 8\r\n\r\n",
        ("PUT", b"hello0123456789", 200, b"abc"),
    ),
    "no body": (
        b"DELETE /p HTTP/1.1\r\nHost: h\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        ("DELETE", b"", 204, b""),
    ),
    "204 with a length": (GET, b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", ("GET", b"", 204, b"")),
    "304": (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n", ("GET", b"", 304, b"")),
    "head": (
        b"HEAD /p HTTP/1.1\r\nHost: h\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
        ("HEAD", b"", 200, b""),
    ),
    "1xx": (
        GET,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK,
        ("GET", b"", 200, b"ok"),
    ),
    "no reason": (GET, b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ("GET", b"", 200, b"")),
    "HTTP/1.0": (
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
        ("GET", b"", 200, b"x"),
    ),
    "bare line feeds": (
        b"POST / HTTP/1.1\nHost: h\nContent-Length: 2\n\nhi",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nho",
        ("POST", b"hi", 200, b"ho"),
    ),
    "bytes beyond ASCII": (
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: h\r\nX: \xff\xfe\r\n\r\n",
        b"HTTP/1.1 200 \xc3\x96k\r\nX: \xe9\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n",
        ("GET", b"", 200, b"\x00\xff\r\n"),
    ),
    "same length twice": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\ny",
        ("POST", b"x", 200, b"y"),
    ),
    "empty lines before": (b"\r\n\r\n" + GET, OK, ("GET", b"", 200, b"ok")),
}


def pieces(data, cuts):
    bounds = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[low:high] for low, high in itertools.pairwise(bounds) if high > low]


def passes(read, sender, receiver, data, cuts=()):
    for piece in pieces(data, cuts):
        sender.sendall(piece)
    assert read(receiver, len(data)) == data


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_pass_exactly_and_keep_the_connection(joint, read, name):
    request, response, (method, sent, status, got) = MESSAGES[name]
    client, server = joint.ends()
    for _ in range(3):
        passes(read, client, server, request)
        passes(read, server, client, response)
    found = joint.ended(3)
    assert [(e.method, e.request_body, e.status, e.response_body) for e in found] == [(method, sent, status, got)] * 3
    assert {(e.connection, e.outcome) for e in found} == {(1, "complete")}
    assert found[0].request_sha256 == hashlib.sha256(sent).hexdigest()
    assert all(e.started_ns <= e.request_end_ns <= e.response_start_ns <= e.ended_ns for e in found)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(sorted(MESSAGES)), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_messages_pass_exactly_however_they_are_cut(joint, read, names, cuts):
    client, server = joint.ends()
    for name in names:
        request, response, _ = MESSAGES[name]
        passes(read, client, server, request, cuts)
        passes(read, server, client, response, cuts)
    client.close()
    assert server.recv(1) == b""
    server.close()


def test_headers_keep_order_and_case_in_the_record(joint, read):
    request, response, _ = MESSAGES["length"]
    client, server = joint.ends()
    passes(read, client, server, request)
    passes(read, server, client, response)
    (found,) = joint.ended()
    assert found.request_headers == (("host", "h"), ("X-ODD-case", "two  spaces"), ("Content-Length", "5"))
    assert [name for name, _ in found.response_headers] == ["B", "a", "B", "content-length"]
    assert (found.target, found.side, found.protocol) == ("/p", "inbound", "http1")


def test_pipelined_requests_are_answered_in_order(joint, read):
    client, server = joint.ends()
    requests = [f"POST /{n} HTTP/1.1\r\nContent-Length: 3\r\n\r\nb{n:02}".encode() for n in range(20)]
    client.sendall(b"".join(requests))
    for n, request in enumerate(requests):
        assert read(server, len(request)) == request
        server.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{n:02}".encode())
    answers = read(client, 20 * 40)
    assert [answers[at + 38 : at + 40] for at in range(0, 800, 40)] == [f"{n:02}".encode() for n in range(20)]
    assert [(e.target, e.response_body) for e in joint.ended(20)] == [(f"/{n}", f"{n:02}".encode()) for n in range(20)]


def test_a_stream_arrives_event_by_event_in_both_directions(joint, read):
    client, server = joint.ends()
    passes(read, client, server, b"POST /s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    passes(read, server, client, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for n in range(50):
        passes(read, server, client, b"data: %d\n\n" % n)
        passes(read, client, server, b"2\r\n%02d\r\n" % n)
    (open_one,) = joint.warden.exchanges(joint.name)
    assert (open_one.status, open_one.ended_ns, open_one.outcome) == (200, None, "open")
    passes(read, client, server, b"0\r\n\r\n")
    server.close()
    assert client.recv(1) == b""
    (found,) = joint.ended()
    assert (found.outcome, found.request_length) == ("complete", 100)
    assert found.response_body.startswith(b"data: 0\n\ndata: 1\n\n")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_large_bodies_pass_both_ways_with_their_hash(joint, read, framing):
    body = bytes(range(256)) * (30 * 4096)  # 30 MiB
    framed = (
        body
        if framing == "length"
        else b"".join(b"20000\r\n%b\r\n" % body[at : at + 0x20000] for at in range(0, len(body), 0x20000))
        + b"0\r\n\r\n"
    )
    header = b"Content-Length: %d" % len(body) if framing == "length" else b"Transfer-Encoding: chunked"
    client, server = joint.ends()
    for sender, receiver, start in ((client, server, b"POST / HTTP/1.1"), (server, client, b"HTTP/1.1 200 OK")):
        message = start + b"\r\n" + header + b"\r\n\r\n" + framed
        sending = threading.Thread(target=sender.sendall, args=(message,))
        sending.start()
        assert read(receiver, len(message)) == message
        sending.join()
    (found,) = joint.ended()
    assert (found.request_length, found.response_length) == (len(body), len(body))
    assert found.request_sha256 == found.response_sha256 == hashlib.sha256(body).hexdigest()
    assert found.request_body == found.response_body == body[: 256 * 1024]


def test_a_slow_reader_makes_the_sender_wait(joint, read):
    client, server = joint.ends()
    passes(read, client, server, GET)
    server.settimeout(0.3)
    sent = server.send(b"HTTP/1.1 200 OK\r\n\r\n")
    with suppress(TimeoutError):
        while sent < 125 * 1024 * 1024:  # would have to be somewhere
            sent += server.send(bytes(65536))
    assert sent < 125 * 1024 * 1024
    server.shutdown(socket.SHUT_WR)
    assert len(read(client, sent)) == sent
    assert client.recv(1) == b""


def test_expect_continue(joint, read):
    client, server = joint.ends()
    passes(read, client, server, b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    passes(read, server, client, b"HTTP/1.1 100 Continue\r\n\r\n")
    passes(read, client, server, b"hi")
    passes(read, server, client, OK)
    (found,) = joint.ended()
    assert (found.status, found.request_body, found.response_body) == (200, b"hi", b"ok")


def test_an_answer_before_the_request_is_complete(joint, read):
    client, server = joint.ends()
    passes(read, client, server, b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab")
    passes(read, server, client, OK)
    passes(read, client, server, b"cd")
    passes(read, client, server, GET)
    passes(read, server, client, OK)
    assert [(e.request_body, e.outcome) for e in joint.ended(2)] == [(b"abcd", "complete"), (b"", "complete")]


@pytest.mark.parametrize(
    ("request_bytes", "response_bytes"),
    [
        (
            b"GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        ),
        (b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
)
def test_what_follows_an_upgrade_or_connect_is_raw(joint, read, request_bytes, response_bytes):
    client, server = joint.ends()
    passes(read, client, server, request_bytes)
    passes(read, server, client, response_bytes + b"\x81\x05first")
    passes(read, client, server, b"\x00GET nothing HTTP")
    passes(read, server, client, b"HTTP/1.1 500 no answer\r\n\r\n")
    client.close()
    assert server.recv(1) == b""
    (found,) = joint.ended()
    assert found.outcome == "complete"
    assert found.request_body == b"\x00GET nothing HTTP"


GARBAGE = {
    "answer without a status line": b"SSH-2.0-OpenSSH_9\r\n\r\nmore",
    "answer with a bad length": b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxx",
    "answer with a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 400_000,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_answers_pass_and_are_recorded(joint, read, name):
    client, server = joint.ends()
    passes(read, client, server, GET)
    passes(read, server, client, GARBAGE[name], cuts=(3, 60))
    passes(read, client, server, b"still connected")
    server.close()
    assert client.recv(1) == b""
    (found,) = joint.ended()
    assert found.outcome == "upstream_closed"
    assert found.response_body[-4:] in GARBAGE[name]


@pytest.mark.parametrize(
    "garbage",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"\x16\x03\x01 hello\n\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"A" * 300_000,
    ],
)
def test_garbage_requests_pass(joint, read, garbage):
    client, server = joint.ends()
    passes(read, client, server, garbage, cuts=(2,))
    passes(read, server, client, b"whatever")
    client.close()
    assert server.recv(1) == b""
    assert joint.ended()[0].response_body.endswith(b"whatever")


def test_bytes_that_nobody_asked_for_pass_and_are_recorded(joint, read):
    client, server = joint.ends()
    passes(read, client, server, GET)
    passes(read, server, client, b"HTTP/1.1 204 No Content\r\n\r\nbody of a 204")
    server.close()
    assert client.recv(1) == b""
    answered, unasked = joint.ended(2)
    assert (answered.status, answered.response_body, answered.outcome) == (204, b"", "complete")
    assert (unasked.method, unasked.response_body) == ("", b"body of a 204")
