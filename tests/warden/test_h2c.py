"""HTTP/2 passes byte for byte; its streams are timed beside."""

import itertools
import random
import socket
import threading

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import Match, Rule

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def passes(read, sender, receiver, data, cuts=0):
    bounds = [0, *sorted(random.Random(cuts).randrange(len(data)) for _ in range(cuts)), len(data)]
    for low, high in itertools.pairwise(bounds):
        sender.sendall(data[low:high])
    assert read(receiver, len(data)) == data


@pytest.mark.parametrize("cuts", [0, 1, 7, 60])
def test_streams_pass_exactly_and_are_timed(h2c_joint, read, cuts):
    client, server = h2c_joint.ends()
    asked = PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, 4, 1, b"\x82") + frame(DATA, 0, 1, b"a" * 300)
    passes(read, client, server, asked + frame(HEADERS, 5, 3, b"\x82") + frame(DATA, 1, 1, b"b"), cuts)
    passes(
        read, server, client, frame(SETTINGS, 0, 0) + frame(HEADERS, 4, 1, b"\x88") + frame(DATA, 0, 1, b"xyz"), cuts
    )
    one, three = h2c_joint.warden.exchanges(h2c_joint.name)
    assert (one.protocol, one.method, one.target, one.request_length) == ("h2c", "", "", 301)
    assert (one.ended_ns, three.response_start_ns, three.request_length) == (None, None, 0)
    passes(read, server, client, frame(HEADERS, 5, 1, b"\x88") + frame(HEADERS, 5, 3, b"\x88"), cuts)
    one, three = h2c_joint.ended(2)
    assert (one.outcome, one.response_length, three.outcome, three.response_length) == ("complete", 3, "complete", 0)
    assert one.started_ns <= one.request_end_ns <= one.response_start_ns <= one.ended_ns


def test_resets_and_lost_connections_end_their_streams(h2c_joint, read):
    client, server = h2c_joint.ends()
    passes(read, client, server, PREFACE + b"".join(frame(HEADERS, 5, n) for n in (1, 3, 5)))
    passes(read, client, server, frame(RST_STREAM, 0, 1, bytes(4)))
    passes(read, server, client, frame(RST_STREAM, 0, 3, bytes(4)))
    server.close()
    assert client.recv(1) == b""
    assert [e.outcome for e in h2c_joint.ended(3)] == ["client_closed", "upstream_closed", "upstream_closed"]


def test_what_is_not_http2_passes_too(h2c_joint, read):
    client, server = h2c_joint.ends()
    passes(read, client, server, b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")
    passes(read, server, client, bytes(range(256)) * 100)
    client.shutdown(socket.SHUT_WR)
    assert server.recv(1) == b""
    passes(read, server, client, b"half-closed")
    server.close()
    assert client.recv(1) == b""
    assert h2c_joint.warden.exchanges(h2c_joint.name) == []


def test_random_bytes_pass_both_ways_at_once(h2c_joint, read):
    client, server = h2c_joint.ends()
    data = random.Random(1).randbytes(8_000_000)
    threads = [threading.Thread(target=made.sendall, args=(PREFACE + data,)) for made in (client, server)]
    for thread in threads:
        thread.start()
    got = {}
    reading = threading.Thread(target=lambda: got.update(client=read(client, len(data) + 24)))
    reading.start()
    assert read(server, len(data) + 24) == PREFACE + data
    for thread in (*threads, reading):
        thread.join()
    assert got["client"] == PREFACE + data


def test_nobody_upstream_resets_the_client(h2c_joint):
    h2c_joint.listening.close()
    with pytest.raises(ConnectionResetError):
        h2c_joint.client().recv(1)
    assert h2c_joint.ended()[0].outcome == "refused"


def test_rules_are_refused(h2c_joint):
    with pytest.raises(HarnessError, match="speaks h2c: rules need http1"):
        h2c_joint.warden.add_rule(h2c_joint.name, Rule(Match(), "refuse"))
