import socket

import pytest

from dapr_conformance.errors import BlockedError
from dapr_conformance.warden import ports as ports_module
from dapr_conformance.warden.ports import Ports
from dapr_conformance.warden.protocol import INBOUND, RecorderSpec


def can_bind(port):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with made:
        try:
            made.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_reserved_ports_are_held_and_refuse_connections(warden):
    reserved = warden.reserve_ports(6)
    assert len(set(reserved)) == 6
    for port in reserved:
        assert 10_000 <= port < 32_000
        assert not can_bind(port)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)


def test_what_lingers_of_closed_connections_leaves_a_port_free():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server, _ = listening.accept()
        server.close()
        client.recv(1)
        client.close()
    lingering = socket.socket()
    with lingering, pytest.raises(OSError, match="in use"):
        lingering.bind(("127.0.0.1", port))
    ports = Ports()
    assert ports.claim(port)
    assert not can_bind(port)
    ports.give_up_all()


def test_a_process_gets_its_ports_and_can_be_started_again_on_them(warden, python):
    (port,) = warden.reserve_ports(1)
    code = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1]))).accept()"
    for _ in range(3):
        warden.spawn(python("listens", code, port, ports=(port,)))
        assert warden.wait_listener(port, 10, unless_dead="listens")
        warden.stop("listens")


def test_two_runs_never_get_the_same_port(monkeypatch):
    monkeypatch.setattr(ports_module, "FIRST", 31_900)
    monkeypatch.setattr(ports_module, "LAST", 31_999)
    one, two = Ports(), Ports()
    first = one.reserve(30)
    for port in first:
        one.release(port)  # a child has them now, or is being started again
    second = two.reserve(30)
    assert not set(first) & set(second)
    with pytest.raises(BlockedError, match="of 90 TCP ports are free"):
        two.reserve(90)
    assert len(two.reserve(20)) == 20  # what the failed reservation found is free again


def test_two_wardens_at_once(warden, own_warden):
    assert not set(warden.reserve_ports(50)) & set(own_warden.reserve_ports(50))


def test_a_recorder_on_a_port_that_is_taken(warden):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BlockedError, match=f"port {port} of 127.0.0.1 is taken\nnext step: "):
            warden.open_recorder(RecorderSpec("taken", INBOUND, port, 9))
