"""A recorder that listens only while its upstream does, as daprd takes an early answer for the app's."""

import socket

import pytest

from dapr_conformance.warden.protocol import INBOUND, RecorderSpec

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
APP = """
import socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    made, _ = listening.accept()
    while made.recv(1000):
        made.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
"""


@pytest.fixture
def gate(warden):
    """(recorder's port, upstream's port) with the upstream not there yet."""
    port, upstream = warden.reserve_ports(2)
    warden.open_recorder(RecorderSpec("gate", INBOUND, port, upstream, listen_with_upstream=True))
    yield port, upstream
    warden.close_recorder("gate")


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it came while the recorder stops to listen: what is not accepted yet is reset
        return False
    return False


def test_it_listens_while_the_app_does_over_restarts(warden, python, gate, read, until):
    port, upstream = gate
    assert refused(port)
    for n in range(3):
        warden.spawn(python(f"gated{n}", APP, upstream, ports=(upstream,)))
        assert warden.wait_listener(port, 10, unless_dead=f"gated{n}")
        client = socket.create_connection(("127.0.0.1", port), 5)
        for _ in range(2):
            client.sendall(GET)
            assert read(client, len(OK)) == OK
        warden.signal(f"gated{n}", 9)
        assert client.recv(1) == b""
        until(lambda: refused(port))
        assert warden.wait_exchanges("gate", None, 2 * n + 2, 0)


def test_its_port_is_its_own_before_between_and_after(warden, python, gate, until):
    port, upstream = gate
    other = socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Go's net.Listen does
    with pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    warden.spawn(python("comes-and-goes", APP, upstream, ports=(upstream,)))
    assert warden.wait_listener(port, 10)
    client = socket.create_connection(("127.0.0.1", port), 5)
    with pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    warden.stop("comes-and-goes")
    until(lambda: refused(port))
    with pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    client.close()


def test_an_app_that_only_closes_its_listener_keeps_its_connections(warden, python, gate, read, until):
    port, upstream = gate
    warden.spawn(python("lets-go", "", ports=(upstream,)))
    listening = socket.create_server(("127.0.0.1", upstream))
    assert warden.wait_listener(port, 10)
    client = socket.create_connection(("127.0.0.1", port), 5)
    server, _ = listening.accept()
    listening.close()
    until(lambda: refused(port))
    client.sendall(GET)
    assert read(server, len(GET)) == GET
    server.sendall(OK)
    assert read(client, len(OK)) == OK
    server.close()
    client.close()


def test_a_listener_that_127_0_0_1_does_not_reach_does_not_count(warden, gate):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    port, upstream = gate
    with socket.create_server(("::1", upstream), family=socket.AF_INET6):
        assert not warden.wait_listener(upstream, 0.05)
        assert warden.listener(upstream)["address"] == "::1"
        assert not warden.listener(upstream)["reachable"]
        assert refused(port)
