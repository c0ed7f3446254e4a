"""The gRPC client against servers that do what real ones do when things go wrong."""

import socket
import struct
import threading
from contextlib import contextmanager, suppress

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import pytest

from dapr_conformance.building_blocks.grpc import GrpcClient

HEAD = [(":status", "200"), ("content-type", "application/grpc")]


def framed(message):
    return struct.pack(">BI", 0, len(message)) + message


def echo(http2, number, body):
    http2.send_headers(number, HEAD)
    for at in range(0, len(body), http2.max_outbound_frame_size):
        http2.send_data(number, body[at : at + http2.max_outbound_frame_size])
    http2.send_headers(number, [("grpc-status", "0")], end_stream=True)


def count(http2, number, body):
    echo(http2, number, framed(str(len(body) - len(framed(b""))).encode()))


def refuse(http2, number, _body):
    trailers = [("grpc-status", "3"), ("grpc-message", "no%20such%20store")]
    http2.send_headers(number, [*HEAD, *trailers], end_stream=True)


def reset(http2, number, _body):
    http2.reset_stream(number)


def no_grpc(http2, number, _body):
    http2.send_headers(number, [(":status", "404")], end_stream=True)


@contextmanager
def server(answer, *, calls_per_connection=100, early=False):
    """Serve; `early` answers as soon as the head of a request is there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted = []

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                accepted.append(connection)
                with connection, suppress(OSError, h2.exceptions.H2Error):  # the client has seen enough
                    _serve(connection, answer, calls_per_connection, early)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], accepted
        for connection in accepted:
            connection.close()


def _serve(connection, answer, calls, early):
    http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    http2.initiate_connection()
    connection.sendall(http2.data_to_send())
    bodies = {}
    while calls and (data := connection.recv(65536)):
        for event in http2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                bodies[event.stream_id] = b""
            if isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id] += event.data
                http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.RequestReceived if early else h2.events.StreamEnded):
                answer(http2, event.stream_id, bodies[event.stream_id])
                calls -= 1
        connection.sendall(http2.data_to_send())


@pytest.mark.parametrize("message", [b"", b"abc", b"x" * 20_000])
def test_a_message_comes_back(message):
    with server(echo) as (port, accepted):
        client = GrpcClient(port)
        for _ in range(3):
            reply = client.call("/a.B/C", message)
            assert (reply.status, reply.message) == (0, message)
        assert len(accepted) == 1


def test_a_message_larger_than_any_window_arrives():
    with server(count) as (port, _):
        assert GrpcClient(port).call("/a.B/C", b"x" * 3_000_000).message == b"3000000"


def test_a_refusal_has_its_status_and_text():
    with server(refuse) as (port, _):
        reply = GrpcClient(port).call("/a.B/C")
    assert (reply.ok, reply.status, reply.text) == (False, 3, "no such store")


def test_a_refusal_before_the_message_was_sent_is_one_too():
    with server(refuse, early=True) as (port, _):
        client = GrpcClient(port)
        assert client.call("/a.B/C", b"x" * 1_000_000).status == 3
        assert client.call("/a.B/C", b"x").status == 3


@pytest.mark.parametrize("answer", [reset, no_grpc])
def test_no_answer_is_a_reply_without_status(answer):
    with server(answer) as (port, _):
        reply = GrpcClient(port).call("/a.B/C", timeout_s=5)
    assert reply.status is None
    assert reply.failure


def test_an_answer_behind_which_the_server_takes_no_more_calls_counts():
    def last(http2, number, body):
        echo(http2, number, body)
        http2.close_connection(last_stream_id=number)

    with server(last) as (port, accepted):
        client = GrpcClient(port)
        assert [client.call("/a.B/C", b"1").message for _ in range(2)] == [b"1", b"1"]
        assert len(accepted) == 2


def test_a_connection_that_the_server_has_closed_is_made_anew():
    with server(echo, calls_per_connection=1) as (port, accepted):
        client = GrpcClient(port)
        assert client.call("/a.B/C", b"1").message == b"1"
        while accepted[0].fileno() >= 0:
            pass
        assert client.call("/a.B/C", b"2").message == b"2"


def test_what_is_no_http2_is_a_reply_without_status():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        reply = GrpcClient(listener.getsockname()[1]).call("/a.B/C", timeout_s=5)
    assert reply.status is None


def test_nobody_listening_is_a_reply_without_status():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert GrpcClient(port).call("/a.B/C").status is None
