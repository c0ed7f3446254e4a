"""Every action of a rule, which requests it takes, and what the record says."""

import base64
import re
import threading
import time

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import Hits, Match, Rule

POST = b"POST /orders?x=1 HTTP/1.1\r\nHost: h\r\nX-Id: 7\r\nContent-Length: 5\r\n\r\nhello"
OK = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nworld"


def trip(read, client, server, request=POST, response=OK):
    client.sendall(request)
    assert read(server, len(request)) == request
    server.sendall(response)
    assert read(client, len(response)) == response


def message(read, made):
    """One message with a Content-Length (or without a body): its head and body."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += read(made, 1)
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head, read(made, int(length[1])) if length else b""


MATCHES = {
    "nothing asked": (Match(), True),
    "method": (Match(method="POST"), True),
    "another method": (Match(method="GET"), False),
    "whole target": (Match(path=r"/orders\?x=\d"), True),
    "part of the target": (Match(path=r"/orders"), False),
    "body": (Match(body="ell"), True),
    "another body": (Match(body="elk"), False),
    "header": (Match(header=("x-id", "7")), True),
    "another header value": (Match(header=("x-id", "70")), False),
    "all of it": (Match(method="POST", path=r"/ord.*", body="hello", header=("X-Id", "7")), True),
    "started later": (Match(started_after_ns=time.monotonic_ns() + 10**15), False),
}


@pytest.mark.parametrize("name", MATCHES)
def test_a_match_takes_what_it_says(joint, read, name):
    match, matches = MATCHES[name]
    number = joint.rule("fail", match, status=503)
    client, server = joint.ends()
    if matches:
        client.sendall(POST)
        assert message(read, client)[0].startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    else:
        trip(read, client, server)
    assert joint.warden.remove_rule(joint.name, number).applied == matches


def test_delay_holds_the_request_and_nothing_else(joint, read):
    joint.rule("delay", Match(path="/orders.*"), delay_s=0.2)
    client, server = joint.ends()
    other, other_server = joint.ends()
    client.sendall(POST)
    trip(read, other, other_server, b"GET / HTTP/1.1\r\n\r\n")
    started = time.monotonic()
    trip(read, client, server, POST)  # a second one, pipelined behind the first
    assert read(server, len(POST)) == POST
    server.sendall(OK)
    assert read(client, len(OK)) == OK
    assert 0.35 < time.monotonic() - started < 2
    slow = [e for e in joint.ended(3) if e.method == "POST"]
    assert all(e.response_start_ns - e.started_ns >= 0.2e9 and len(e.rules) == 1 for e in slow)


def test_delay_of_a_large_request(joint, read):
    joint.rule("delay", delay_s=0.05)
    client, server = joint.ends()
    request = b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000)
    sending = threading.Thread(target=client.sendall, args=(request,))
    sending.start()
    assert read(server, len(request)) == request
    sending.join()


def test_a_client_that_leaves_during_a_delay_is_not_forwarded(joint):
    joint.rule("delay", delay_s=30)
    client, server = joint.ends()
    client.sendall(POST)
    joint.warden.wait_exchanges(joint.name, None, 1, 5)
    client.close()
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    assert joint.ended()[0].outcome == "client_closed"


@pytest.mark.parametrize("closes", [False, True])
def test_delay_response_holds_the_answer(joint, read, closes):
    joint.rule("delay_response", delay_s=0.2)
    client, server = joint.ends()
    client.sendall(POST)
    assert read(server, len(POST)) == POST
    started = time.monotonic()
    server.sendall(OK)
    if closes:
        server.close()
    assert read(client, len(OK)) == OK
    assert 0.19 < time.monotonic() - started < 2
    (found,) = joint.ended()
    assert found.outcome == "complete"
    assert found.ended_ns - found.response_start_ns >= 0.19e9
    if closes:
        assert client.recv(1) == b""
    else:
        joint.warden.clear_rules(joint.name)
        trip(read, client, server)


def test_delay_response_of_a_large_answer(joint, read):
    joint.rule("delay_response", delay_s=0.05)
    client, server = joint.ends()
    client.sendall(POST)
    read(server, len(POST))
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000)
    sending = threading.Thread(target=server.sendall, args=(response,))
    sending.start()
    assert read(client, len(response)) == response
    sending.join()
    assert joint.ended()[0].outcome == "complete"


def test_delay_response_passes_half_an_answer_and_its_end(joint, read):
    joint.rule("delay_response", delay_s=0.05)
    client, server = joint.ends()
    client.sendall(POST)
    read(server, len(POST))
    server.sendall(OK[:-1])
    server.close()
    assert read(client, len(OK) - 1) == OK[:-1]
    assert client.recv(1) == b""
    assert joint.ended()[0].outcome == "upstream_closed"


def test_fail_answers_in_the_upstreams_place_and_keeps_the_connection(joint, read):
    joint.rule("fail", limit=2, status=418, headers=(("X-Why", "rule"),), body='{"e":1}')
    client, server = joint.ends()
    client.sendall(POST + POST)
    for _ in range(2):
        head, body = message(read, client)
        assert (head, body) == (b"HTTP/1.1 418 I'm a Teapot\r\nX-Why: rule\r\nContent-Length: 7\r\n\r\n", b'{"e":1}')
    trip(read, client, server)
    found = joint.ended(3)
    assert [(e.outcome, e.status, e.request_body) for e in found] == [
        ("failed", 418, b"hello"),
        ("failed", 418, b"hello"),
        ("complete", 200, b"hello"),
    ]
    assert (found[0].response_body, found[0].response_header("x-why")) == (b'{"e":1}', "rule")


def test_fail_needs_no_upstream(joint, read):
    joint.listening.close()
    joint.rule("fail", status=503)
    client = joint.client()
    for _ in range(2):
        client.sendall(POST)
        assert b" 503 " in message(read, client)[0]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 500), ("GET", 204)])
def test_fail_sends_no_body_where_there_is_none(joint, read, method, status):
    joint.rule("fail", status=status, body="words")
    client, _ = joint.ends()
    client.sendall(f"{method} / HTTP/1.1\r\n\r\n".encode())
    head = read(client, 10) + client.recv(1000)
    assert head.endswith(b"\r\n\r\n")
    assert (b"Content-Length: 5" in head) == (method == "HEAD")


def test_fail_of_a_client_that_waits_to_continue(joint, read):
    joint.rule("fail", Match(body="hello"), status=500, body_base64=base64.b64encode(b"\x00\xff").decode())
    client, _ = joint.ends()
    client.sendall(POST[:-5].replace(b"X-Id: 7", b"Expect: 100-continue"))
    assert message(read, client)[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"hello")
    assert message(read, client)[1] == b"\x00\xff"


def test_refuse_closes_without_an_answer(joint):
    joint.rule("refuse", limit=1)
    client, _ = joint.ends()
    client.sendall(POST)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    (found,) = joint.ended()
    assert (found.outcome, found.status, found.rules, found.request_body) == ("refused", None, (1,), b"hello")


def test_drop_response_lets_the_upstream_answer_and_closes(joint, read):
    joint.rule("drop_response", limit=1)
    client, server = joint.ends()
    client.sendall(POST)
    assert read(server, len(POST)) == POST
    server.sendall(OK)
    assert client.recv(1) == b""
    (found,) = joint.ended()
    assert (found.outcome, found.status, found.response_body) == ("dropped", 200, b"world")
    trip(read, *joint.ends())


@pytest.mark.parametrize("concurrent", [False, True])
def test_duplicate_sends_copies_on_connections_of_their_own(joint, read, concurrent):
    joint.rule("duplicate", times=2, concurrent=concurrent, limit=1)
    client, server = joint.ends()
    client.sendall(POST)
    assert read(server, len(POST)) == POST
    servers = []
    if concurrent:  # before the first answer
        servers = [joint.accept(), joint.accept()]
        assert [read(made, len(POST)) for made in servers] == [POST, POST]
    server.sendall(OK)
    assert read(client, len(OK)) == OK
    for n in range(2):
        made = servers[n] if concurrent else joint.accept()
        if not concurrent:
            assert read(made, len(POST)) == POST
        made.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
    trip(read, client, server)
    first = joint.ended(4)[0]
    copies = [e for e in joint.ended(4) if e.injected]
    assert [(e.status, e.request_body, e.rules, e.outcome) for e in copies] == [(500, b"hello", (1,), "complete")] * 2
    assert [e.status for e in joint.ended(4) if not e.injected] == [200, 200]
    if not concurrent:
        assert copies[1].started_ns >= copies[0].ended_ns >= copies[0].started_ns >= first.ended_ns


def test_alter_request(joint, read):
    joint.rule(
        "alter_request",
        replace=(("hello", "good day"),),
        set_headers=(("x-id", "8"), ("X-New", "n")),
        remove_headers=("HOST",),
    )
    client, server = joint.ends()
    chunked = (
        b"POST / HTTP/1.1\r\nHost: h\r\nX-Id: 7\r\nX-ID: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    )
    client.sendall(chunked)
    head, body = message(read, server)
    assert (head, body) == (b"POST / HTTP/1.1\r\nx-id: 8\r\nX-New: n\r\nContent-Length: 8\r\n\r\n", b"good day")
    server.sendall(OK)
    assert read(client, len(OK)) == OK
    (found,) = joint.ended()
    assert (found.request_body, found.request_header("x-id"), found.rules) == (b"good day", "8", (1,))


def test_alter_request_leaves_an_unchanged_body_as_it_was_framed(joint, read):
    joint.rule("alter_request", set_headers=(("X-Id", "8"),))
    client, server = joint.ends()
    request = b"POST / HTTP/1.1\r\nX-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    client.sendall(request)
    assert read(server, len(request)) == request.replace(b"7", b"8")


def test_alter_response(joint, read):
    joint.rule("alter_response", Match(body="hello"), status=404, body="gone", set_headers=(("X-A", "2"),))
    client, server = joint.ends()
    client.sendall(POST)
    assert read(server, len(POST)) == POST
    server.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert message(read, client)[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
    server.sendall(b"5\r\nworld\r\n0\r\n\r\n")
    head, body = message(read, client)
    assert (head, body) == (b"HTTP/1.1 404 Not Found\r\nX-A: 2\r\nContent-Length: 4\r\n\r\n", b"gone")
    (found,) = joint.ended()
    assert (found.status, found.response_body, found.response_header("x-a")) == (404, b"gone", "2")
    joint.warden.clear_rules(joint.name)
    trip(read, client, server)


def test_alter_response_until_close_and_to_no_body(joint, read):
    joint.rule("alter_response", limit=1, replace=(("world", "w"),))
    joint.rule("alter_response", status=204)
    client, server = joint.ends()
    client.sendall(POST)
    read(server, len(POST))
    server.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello world")
    server.close()
    assert message(read, client) == (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", b"hello w")
    assert client.recv(1) == b""
    client, server = joint.ends()
    client.sendall(POST)
    read(server, len(POST))
    server.sendall(OK)
    assert message(read, client) == (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", b"")


@pytest.mark.parametrize("answer", [OK[:-1], b"garbage\r\n\r\n"])
def test_alter_response_passes_on_what_it_cannot_alter(joint, read, answer):
    joint.rule("alter_response", body="x")
    client, server = joint.ends()
    client.sendall(POST)
    read(server, len(POST))
    server.sendall(answer)
    server.close()
    assert read(client, len(answer)) == answer
    assert client.recv(1) == b""
    assert joint.ended()[0].outcome == "upstream_closed"


def test_skip_and_limit_and_the_rules_behind(joint, read):
    first = joint.rule("fail", status=500, skip=1, limit=1)
    second = joint.rule("fail", status=501, limit=1)
    client, server = joint.ends()
    for status in (b"501", b"500"):
        client.sendall(POST)
        assert message(read, client)[0].split()[1] == status
    trip(read, client, server)
    assert joint.warden.remove_rule(joint.name, first) == Hits(1, 3, (2,))
    with pytest.raises(HarnessError, match=r"no rule 1\nallowed: 2"):
        joint.warden.remove_rule(joint.name, first)
    assert joint.warden.remove_rule(joint.name, second) == Hits(1, 2, (1,))


def test_a_body_that_must_be_seen_is_passed_on_exactly_when_it_does_not_match(joint, read):
    joint.rule("fail", Match(body="nowhere"), status=500)
    client, server = joint.ends()
    request = (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n" % (900_000, bytes(900_000))
        + b"0\r\nT: 1\r\n\r\n"
    )
    sending = threading.Thread(target=client.sendall, args=(request,))
    sending.start()
    assert read(server, len(request)) == request
    sending.join()
    server.sendall(OK)
    assert read(client, len(OK)) == OK
    assert joint.ended()[0].rules == ()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule(Match(), "explode"), "no rule can 'explode'\nallowed: delay, "),
        (Rule(Match(), "fail"), "needs a status"),
        (Rule(Match(path="("), "refuse"), "path '\\(' is not a regular expression"),
        (Rule(Match(), "fail", status=500, body_base64="!"), "body_base64"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(joint, rule, message):
    with pytest.raises(HarnessError, match=message):
        joint.warden.add_rule(joint.name, rule)
