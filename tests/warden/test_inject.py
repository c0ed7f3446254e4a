"""Requests of the harness, sent as if the recorder's client had."""

import threading

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import Injection, Match


def injected(joint, injection):
    found = []
    sending = threading.Thread(target=lambda: found.append(joint.warden.inject(joint.name, injection)))
    sending.start()
    return sending, found


def test_a_request_is_sent_past_the_rules_and_recorded(joint, read):
    joint.rule("fail", status=500)
    sending, found = injected(joint, Injection("POST", "/a?b", (("X-Y", "z"),), b"body"))
    server = joint.accept()
    expected = f"POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:{joint.upstream_port}\r\nX-Y: z\r\nContent-Length: 4\r\n\r\nbody"
    assert read(server, len(expected)) == expected.encode()
    server.sendall(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    sending.join()
    (exchange,) = found
    assert (exchange.status, exchange.response_body, exchange.request_body) == (201, b"ok", b"body")
    assert (exchange.injected, exchange.outcome, exchange.rules) == (True, "complete", ())
    assert joint.warden.exchanges(joint.name, Match(path="/a.b")) == found


def test_a_refused_and_an_unanswered_request(joint):
    sending, found = injected(joint, Injection("GET", "/", timeout_s=0.2))
    joint.accept()
    sending.join()
    assert (found[0].outcome, found[0].status) == ("client_closed", None)
    joint.listening.close()
    sending, found = injected(joint, Injection("GET", "/"))
    sending.join()
    assert found[0].outcome == "refused"


def test_a_closed_answer(joint):
    sending, found = injected(joint, Injection("GET", "/"))
    joint.accept().close()
    sending.join()
    assert found[0].outcome == "upstream_closed"


def test_what_is_no_request_is_refused(joint):
    with pytest.raises(HarnessError, match="cannot inject 'GET' '/a b'"):
        joint.warden.inject(joint.name, Injection("GET", "/a b"))
