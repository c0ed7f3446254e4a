import socket
import threading
from contextlib import contextmanager

import pytest

from dapr_conformance.building_blocks.http import HttpClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Twice: a\r\nX-Twice: b\r\n\r\nhi"


@contextmanager
def server(script):
    """Serve one connection after another; `script` gets each socket and its number."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for number in range(10):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    script(connection, number)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def request_of(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    return data


def test_targets_and_repeated_headers_arrive_as_they_are():
    seen = []

    def script(connection, _):
        seen.append(request_of(connection))
        connection.sendall(OK)

    with server(script) as port:
        headers = (("X-A", "1"), ("X-A", "2"))
        reply = HttpClient(port).call("PATCH", "/a//b%2Fc?x=1&x=%20", headers=headers, body=b"\x00\xff")
    assert seen[0].startswith(b"PATCH /a//b%2Fc?x=1&x=%20 HTTP/1.1\r\n")
    assert seen[0].count(b"X-A: ") == 2
    assert (reply.status, reply.body) == (200, b"hi")
    assert [value for name, value in reply.headers if name == "X-Twice"] == ["a", "b"]


def test_a_connection_is_kept():
    connections = []

    def script(connection, number):
        connections.append(number)
        while request_of(connection):
            connection.sendall(OK)

    with server(script) as port:
        client = HttpClient(port)
        assert [client.call("GET", "/").status for _ in range(5)] == [200] * 5
    assert connections == [0]


def test_a_connection_that_the_server_closed_while_idle_is_no_failure():
    closed = threading.Semaphore(0)

    def script(connection, _):
        request_of(connection)
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)
        closed.release()

    with server(script) as port:
        client = HttpClient(port)
        for _ in range(3):
            assert client.call("POST", "/", body=b"once").status == 200
            assert closed.acquire(timeout=5)


def test_a_request_is_never_sent_twice():
    seen = []

    def script(connection, _):
        seen.append(request_of(connection))

    with server(script) as port:
        reply = HttpClient(port).call("POST", "/", body=b"once")
    assert reply.status is None
    assert "closed before the answer was complete" in reply.failure
    assert len(seen) == 1


def test_no_answer_in_time_is_a_reply_without_status():
    done = threading.Event()
    with server(lambda _connection, _number: done.wait(10)) as port:
        reply = HttpClient(port).call("GET", "/", timeout_s=0.2)
        done.set()
    assert reply.status is None
    assert "timed out" in reply.failure


def test_nobody_listening_is_a_reply_without_status():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert HttpClient(port).call("GET", "/").status is None


@pytest.mark.parametrize(("status", "ok"), [(200, True), (204, True), (302, False), (404, False)])
def test_ok_is_2xx(status, ok):
    answer = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()

    def script(connection, _):
        request_of(connection)
        connection.sendall(answer)

    with server(script) as port:
        assert HttpClient(port).call("GET", "/").ok is ok
