"""HTTP/2 is ended at both sides: streams pass whole, as fast as the slower side wants, and are recorded."""

import itertools
import random
import socket
import threading
from collections import defaultdict
from contextlib import suppress

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from dapr_conformance.warden.protocol import Injection, Match, Rule

GET = [(":method", "GET"), (":scheme", "http"), (":path", "/a?b"), (":authority", "app"), ("x-id", "7")]
POST = [(":method", "POST"), *GET[1:], ("content-type", "text/plain")]
OK = [(":status", "200"), ("x-a", "1")]


def frame(kind, payload):
    """A frame of the whole connection."""
    return len(payload).to_bytes(3, "big") + bytes([kind, 0]) + bytes(4) + payload


class End:
    """One end of an HTTP/2 connection, in the test's hands."""

    def __init__(self, made, *, client, settings=None):
        self.made = made
        config = h2.config.H2Configuration(client_side=client, header_encoding="utf-8")
        self.http2 = h2.connection.H2Connection(config)
        if settings:
            self.http2.local_settings = h2.settings.Settings(client=client, initial_values=settings)
        self.http2.initiate_connection()
        self.events = defaultdict(list)
        self.bodies = defaultdict(bytes)
        self.flush()

    def flush(self):
        self.made.sendall(self.http2.data_to_send())

    def send(self, stream, headers=None, data=b"", end=False):
        if headers:
            self.http2.send_headers(stream, headers, end_stream=end and not data)
        if data:
            self.http2.send_data(stream, data, end_stream=end)
        self.flush()

    def read(self, *, take=True):
        data = self.made.recv(65536)
        assert data, "closed"
        for event in self.http2.receive_data(data):
            self.events[getattr(event, "stream_id", 0)].append(event)
            if isinstance(event, h2.events.DataReceived):
                self.bodies[event.stream_id] += event.data
                if take:
                    self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()

    def wait(self, kind, stream=1):
        while not (found := [event for event in self.events[stream] if isinstance(event, kind)]):
            self.read()
        return found[-1]


@pytest.fixture
def ends(h2c_joint):
    """Make both ends: ends(**what the server's settings are)."""

    def make(**settings):
        client, server = h2c_joint.ends()
        named = {h2.settings.SettingCodes[name]: value for name, value in settings.items()}
        return End(client, client=True), End(server, client=False, settings=named)

    return make


def recorded(joint, count=1):
    return joint.ended(count)[:count]


def test_a_request_and_its_answer_pass_whole_and_are_recorded(h2c_joint, ends):
    client, server = ends()
    client.send(1, POST, b"hello", end=True)
    server.wait(h2.events.StreamEnded)
    assert server.wait(h2.events.RequestReceived).headers == POST
    assert server.bodies[1] == b"hello"
    server.send(1, OK, b"world")
    server.send(1, [("x-sum", "9")], end=True)
    client.wait(h2.events.StreamEnded)
    assert client.wait(h2.events.ResponseReceived).headers == OK
    assert client.wait(h2.events.TrailersReceived).headers == [("x-sum", "9")]
    (one,) = recorded(h2c_joint)
    assert (one.protocol, one.method, one.target, one.request_body) == ("h2c", "POST", "/a?b", b"hello")
    assert (one.status, one.response_body, one.outcome) == (200, b"world", "complete")
    assert one.request_headers == (("host", "app"), ("x-id", "7"), ("content-type", "text/plain"))
    assert one.response_headers == (("x-a", "1"), ("x-sum", "9"))
    assert one.started_ns <= one.request_end_ns <= one.response_start_ns <= one.ended_ns


def test_parts_of_a_stream_pass_as_they_come(ends):
    client, server = ends()
    client.send(1, POST)
    server.wait(h2.events.RequestReceived)
    for turn in range(3):
        client.send(1, data=b"ping%d" % turn)
        while not server.bodies[1].endswith(b"ping%d" % turn):
            server.read()
        server.send(1, OK if not turn else None, b"pong%d" % turn)
        while not client.bodies[1].endswith(b"pong%d" % turn):
            client.read()


def test_streams_beside_one_another_are_answered_in_any_order(h2c_joint, ends):
    client, server = ends()
    for number in (1, 3, 5):
        client.send(number, [*POST, ("x-number", str(number))], b"%d" % number, end=True)
    for number in (1, 3, 5):
        server.wait(h2.events.StreamEnded, number)
    for number in (5, 1, 3):
        server.send(number, OK, b"to %d" % number, end=True)
    for number in (1, 3, 5):
        client.wait(h2.events.StreamEnded, number)
        assert client.bodies[number] == b"to %d" % number
    assert {e.request_body: e.response_body for e in recorded(h2c_joint, 3)} == {
        b"1": b"to 1", b"3": b"to 3", b"5": b"to 5"
    }  # fmt: skip


def test_large_bodies_pass_both_ways_whatever_the_windows(h2c_joint, ends):
    client, server = ends(INITIAL_WINDOW_SIZE=5000)
    data = random.Random(1).randbytes(1_500_000)

    def pour(end, stream, headers):
        """Send as the windows allow."""
        end.send(stream, headers)
        rest = data
        while rest:
            room = min(end.http2.local_flow_control_window(stream), 16_384, len(rest))
            if room:
                end.send(stream, data=rest[:room], end=room == len(rest))
                rest = rest[room:]
            else:
                end.read()

    def serve():
        server.wait(h2.events.StreamEnded)
        pour(server, 1, OK)

    serving = threading.Thread(target=serve)
    serving.start()
    pour(client, 1, POST)
    client.wait(h2.events.StreamEnded)
    serving.join()
    assert (server.bodies[1], client.bodies[1]) == (data, data)
    (one,) = recorded(h2c_joint)
    assert (one.request_length, one.response_length) == (len(data), len(data))
    assert one.request_sha256 == one.response_sha256


def test_a_side_that_takes_nothing_stops_the_other(ends):
    client, server = ends()
    client.send(1, POST)
    server.wait(h2.events.RequestReceived)
    client.made.settimeout(0.5)
    sent = 0
    with suppress(TimeoutError):
        while sent < 50_000_000:
            room = min(client.http2.local_flow_control_window(1), 16_384)
            if room:
                client.send(1, data=bytes(room))
                sent += room
            else:
                client.read()
    assert 0 < sent < 5_000_000


def test_more_streams_than_the_upstream_takes_wait(h2c_joint, ends):
    client, server = ends(MAX_CONCURRENT_STREAMS=1)
    client.send(1, GET, end=True)
    server.wait(h2.events.StreamEnded, 1)
    client.send(3, POST, b"later", end=True)
    h2c_joint.warden.wait_exchanges(h2c_joint.name, Match(method="POST"), 1, 5)
    assert not server.events[3]
    server.send(1, OK, end=True)
    server.wait(h2.events.StreamEnded, 3)
    assert server.bodies[3] == b"later"


def test_resets_and_lost_connections_end_their_streams(h2c_joint, ends):
    client, server = ends()
    for number in (1, 3, 5):
        client.send(number, POST)
        server.wait(h2.events.RequestReceived, number)
    client.http2.reset_stream(1, 8)
    client.flush()
    assert server.wait(h2.events.StreamReset, 1).error_code == 8
    server.http2.reset_stream(3, 11)
    server.flush()
    assert client.wait(h2.events.StreamReset, 3).error_code == 11
    server.made.close()
    with pytest.raises(AssertionError, match="closed"):
        client.wait(h2.events.StreamEnded, 5)
    assert [e.outcome for e in recorded(h2c_joint, 3)] == ["client_closed", "upstream_closed", "upstream_closed"]


def test_streams_go_on_behind_the_upstreams_farewell(h2c_joint, ends):
    client, server = ends()
    client.send(1, POST, b"a", end=True)
    server.wait(h2.events.StreamEnded)
    server.made.sendall(frame(7, (1).to_bytes(4, "big") + bytes(4)))
    client.wait(h2.events.ConnectionTerminated, 0)
    server.send(1, OK, b"done", end=True)
    (one,) = recorded(h2c_joint)
    assert (one.outcome, one.response_body) == ("complete", b"done")


def test_what_is_not_http2_passes_raw(h2c_joint, read):
    client, server = h2c_joint.ends()

    def passes(sender, receiver, data):
        sender.sendall(data)
        assert read(receiver, len(data)) == data

    passes(client, server, b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")
    passes(server, client, bytes(range(256)) * 100)
    client.shutdown(socket.SHUT_WR)
    assert server.recv(1) == b""
    passes(server, client, b"half-closed")
    server.close()
    assert client.recv(1) == b""
    assert h2c_joint.warden.exchanges(h2c_joint.name) == []


@pytest.mark.parametrize("cuts", [1, 7, 20])
def test_what_breaks_the_protocol_ends_both(h2c_joint, cuts):
    client, server = h2c_joint.ends()
    data = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, b"") + frame(1, b"headers of no stream")
    bounds = [0, *sorted(random.Random(cuts).randrange(len(data)) for _ in range(cuts)), len(data)]
    for low, high in itertools.pairwise(bounds):
        client.sendall(data[low:high])
    for made in (client, server):
        with suppress(ConnectionError):
            while made.recv(65536):
                pass


def test_nobody_upstream_resets_the_client(h2c_joint):
    h2c_joint.listening.close()
    with pytest.raises(ConnectionResetError):
        h2c_joint.client().recv(1)
    assert h2c_joint.ended()[0].outcome == "refused"


def test_rules_apply_to_plain_http(h2c_joint, ends):
    h2c_joint.rule("fail", Match(path="/a.b", body="bad"), status=418, body="tea")
    h2c_joint.rule("alter_request", Match(header=("x-id", "7")), set_headers=(("x-id", "8"),), body="other")
    client, server = ends()
    client.send(1, POST, b"a bad one", end=True)
    client.wait(h2.events.StreamEnded, 1)
    assert (dict(client.wait(h2.events.ResponseReceived).headers)[":status"], client.bodies[1]) == ("418", b"tea")
    client.send(3, POST, b"a good one", end=True)
    server.wait(h2.events.StreamEnded, 1)
    assert (dict(server.wait(h2.events.RequestReceived).headers)["x-id"], server.bodies[1]) == ("8", b"other")
    number = h2c_joint.warden.add_rule(h2c_joint.name, Rule(Match(path="/lost"), "refuse"))
    client.send(5, [(n, "/lost" if n == ":path" else v) for n, v in GET[:-1]], end=True)
    assert client.wait(h2.events.StreamReset, 5).error_code == 7
    assert h2c_joint.warden.remove_rule(h2c_joint.name, number).applied == 1


def test_a_request_is_injected(h2c_joint):
    found = []
    injection = Injection("POST", "/x?y", (("X-Y", "z"),), b"body")
    sending = threading.Thread(target=lambda: found.append(h2c_joint.warden.inject(h2c_joint.name, injection)))
    sending.start()
    server = End(h2c_joint.accept(), client=False)
    server.wait(h2.events.StreamEnded)
    headers = dict(server.wait(h2.events.RequestReceived).headers)
    assert (headers[":path"], headers["x-y"], server.bodies[1]) == ("/x?y", "z", b"body")
    server.send(1, OK, b"done", end=True)
    sending.join()
    assert (found[0].status, found[0].response_body, found[0].injected) == (200, b"done", True)
