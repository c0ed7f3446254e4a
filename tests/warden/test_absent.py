"""A recorder that is gone for a while, as if the process behind it had ended."""

import socket

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import INBOUND, RecorderSpec

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def exchanged(client, upstream, read):
    client.sendall(GET)
    assert read(upstream, len(GET)) == GET
    upstream.sendall(OK)
    return read(client, len(OK)) == OK


def test_connections_are_reset_and_refused_until_it_comes_back(warden, joint, read):
    client, upstream = joint.ends()
    assert exchanged(client, upstream, read)
    warden.absent(joint.name, absent=True)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", joint.port), 5)
    warden.absent(joint.name, absent=False)
    assert exchanged(*joint.ends(), read)
    assert [each.target for each in warden.exchanges(joint.name)] == ["/a", "/a"]


def test_one_that_listens_with_its_upstream_is_not_told_when(warden):
    port, upstream = warden.reserve_ports(2)
    warden.open_recorder(RecorderSpec("follows", INBOUND, port, upstream, listen_with_upstream=True))
    with pytest.raises(HarnessError, match="listens as its upstream does"):
        warden.absent("follows", absent=True)
    warden.close_recorder("follows")
