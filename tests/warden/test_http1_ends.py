"""How connections end: closing, half-closing, resets and refusals are passed on."""

import socket
import struct

import pytest

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def reset(made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()


def test_nobody_upstream_resets_the_client_and_is_recorded(joint):
    joint.listening.close()
    client = joint.client()
    client.sendall(GET)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    (found,) = joint.ended()
    assert (found.outcome, found.method, found.status) == ("refused", "GET", None)


def test_a_client_that_only_dials_is_passed_on(joint):
    client, server = joint.ends()
    client.close()
    assert server.recv(1) == b""
    assert joint.warden.exchanges(joint.name) == []


def test_the_upstream_closing_an_idle_connection_reaches_the_client(joint, read):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    server.sendall(OK)
    server.close()
    assert read(client, len(OK)) == OK
    assert client.recv(1) == b""
    assert joint.ended()[0].outcome == "complete"


def test_an_upstream_that_dies_inside_its_answer(joint, read):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    server.sendall(OK[:-1])
    assert read(client, len(OK) - 1) == OK[:-1]
    reset(server)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    (found,) = joint.ended()
    assert (found.outcome, found.status, found.response_body) == ("upstream_closed", 200, b"o")


def test_an_upstream_that_closes_without_an_answer(joint, read):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    server.close()
    assert client.recv(1) == b""
    (found,) = joint.ended()
    assert (found.outcome, found.status, found.response_start_ns) == ("upstream_closed", None, None)


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
def test_a_client_that_gives_up(joint, read, leave):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    leave(client)
    try:
        assert server.recv(1) == b""
    except ConnectionResetError:
        assert leave is reset
    assert joint.ended()[0].outcome == "client_closed"


def test_a_client_that_gives_up_inside_its_request(joint, read):
    client, server = joint.ends()
    half = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"
    client.sendall(half)
    read(server, len(half))
    client.close()
    assert server.recv(1) == b""
    server.close()
    (found,) = joint.ended()
    assert (found.outcome, found.request_body, found.request_end_ns) == ("client_closed", b"half", None)


def test_a_half_closed_client_still_gets_its_answers(joint, read):
    client, server = joint.ends()
    client.sendall(GET + GET)
    client.shutdown(socket.SHUT_WR)
    for _ in range(2):
        assert read(server, len(GET)) == GET
        server.sendall(OK)
    assert server.recv(1) == b""
    server.close()
    assert read(client, 2 * len(OK)) == OK + OK
    assert client.recv(1) == b""


def test_half_a_head_and_a_close_reach_the_upstream(joint, read):
    client, server = joint.ends()
    client.sendall(GET[:-2])
    client.shutdown(socket.SHUT_WR)
    assert read(server, len(GET) - 2) == GET[:-2]
    assert server.recv(1) == b""


def test_the_socket_sends_at_once(joint, read):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    for part in (OK[:20], OK[20:40], OK[40:]):  # with Nagle's algorithm the second would wait for 40 ms
        server.sendall(part)
        assert read(client, len(part)) == part
    (found,) = joint.ended()
    assert found.ended_ns - found.response_start_ns < 35_000_000


def test_closing_a_recorder_resets_its_connections_and_holds_its_port(joint, read):
    client, server = joint.ends()
    client.sendall(GET)
    read(server, len(GET))
    joint.warden.close_recorder(joint.name)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        joint.client()
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", joint.port))
