"""Invoked, instructed and Dapr's own routes of the running control app, right and with faults planted."""

import base64
import json
import socket

import pytest

from dapr_conformance.control.spec import ControlSpec, InvocationRoute, PlantedFault, RecordedAnswer

ROUTES = (
    *(InvocationRoute(method, "/echo/{name}", echo=True) for method in ("GET", "POST", "DELETE")),
    InvocationRoute("GET", "/price/{sku}", 200, (("X-A", "1"), ("X-A", "2")), b"17"),
)
ANSWERS = (
    RecordedAnswer("GET", "/price/a?b=%2F", 418, (("X-Tea", "pot"),), b"short and stout"),
    RecordedAnswer("GET", "/broken", 503, (), b"no"),
    RecordedAnswer("GET", "/echo/before", 200, (), b"what another request was answered"),
)
SUBSCRIPTIONS = (
    {"pubsubname": "bus", "topic": "orders", "route": "/on", "deadLetterTopic": "dead"},
    {"pubsubname": "bus", "topic": "dead", "route": "/dead"},
    {"pubsubname": "bus", "topic": "dc", "route": "/dc/deliver/1", "deadLetterTopic": "dc-dead"},
)


def spec(*faults, **arguments):
    return ControlSpec(
        subscriptions=SUBSCRIPTIONS,
        invocation_routes=ROUTES,
        answers=ANSWERS,
        unknown_route=RecordedAnswer("GET", "/none", 404, (("X-Who", "express"),), b"Cannot GET"),
        faults=tuple(PlantedFault(name, arguments) for name in faults),
    )


def raw(app, request):
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_recorded_answers_are_replayed_and_unknown_routes_answered_as_the_target_does(start):
    app = start(spec())
    status, headers, body = app.call("GET", "/price/a?b=%2F")
    assert (status, headers["x-tea"], body) == (418, "pot", b"short and stout")
    status, headers, body = app.call("FOO", "/nowhere")
    assert (status, headers["x-who"], body) == (404, "express", b"Cannot GET")
    assert app.call("GET", "/price/b") == (200, {"x-a": "2", "content-length": "2"}, b"17")


def test_an_echo_shows_everything_that_arrived(start):
    app = start(spec())
    answer = raw(
        app,
        b"DELETE /echo/a%2Fb?x=1&x=%20 HTTP/1.1\r\nA: One\r\na: two\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;ext=1\r\n\xff\x00\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n",
    )
    shown = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (shown["method"], shown["path"], shown["query"]) == ("DELETE", "/echo/a%2Fb", "x=1&x=%20")
    assert shown["headers"][:2] == [["A", "One"], ["a", "two"]]
    assert base64.b64decode(shown["body_base64"]) == b"\xff\x00!"


def test_an_echo_is_never_one_that_was_recorded(start):
    assert start(spec()).json("GET", "/echo/before")[1]["path"] == "/echo/before"


def test_head_is_get_without_body(start):
    app = start(spec())
    expected, _ = raw(app, b"GET /price/b HTTP/1.1\r\n\r\n").split(b"\r\n\r\n")
    assert raw(app, b"HEAD /price/b HTTP/1.1\r\n\r\n") == expected + b"\r\n\r\n"


def test_a_connection_serves_many_requests_and_ends_when_asked(start):
    app = start(spec())
    one = b"POST /echo/a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    assert raw(app, one * 3).count(b"HTTP/1.1 200 OK") == 3
    assert raw(app, one.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) * 3).count(b"HTTP/1.1 200 OK") == 1
    assert raw(app, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_daprs_own_routes_answer(start):
    app = start(spec())
    assert app.json("GET", "/dapr/subscribe") == (200, list(SUBSCRIPTIONS))
    assert app.json("GET", "/dapr/config") == (200, {})
    assert app.call("GET", "/healthz")[0] == 200


def test_a_delivery_is_answered_as_its_data_says(start):
    app = start(spec())
    answers = [{"status": 500}, {"status": 200, "body": '{"status": "DROP"}', "headers": [["X-N", "2"]]}]
    statuses = [app.deliver("/dc/deliver/1", {"dc": {"answers": answers}}) for _ in range(3)]
    assert statuses == [(500, None), (200, {"status": "DROP"}), (200, {"status": "DROP"})]
    assert app.deliver("/dc/deliver/2", {"dc": {"answers": answers}}) == (500, None)
    assert app.deliver("/dc/deliver/1", "text", id="x", dc=json.dumps({"answers": answers})) == (500, None)
    assert app.deliver("/dc/deliver/1", None, id="y") == (200, None)
    assert app.deliver("/dc/accept/1", {"dc": {"answers": answers}}) == (200, None)


def test_a_delivery_can_be_left_without_an_answer(start):
    with pytest.raises(OSError, match=r"closed|reset"):
        start(spec()).deliver("/dc/deliver/1", {"dc": {"answers": [{"close": True}]}})


def test_an_instructed_echo_answers_what_its_request_says(start):
    app = start(spec())
    told = {"status": 299, "headers": [["X-A", "1"], ["X-A", "2"]], "body_base64": "/w=="}
    header = base64.b64encode(json.dumps(told).encode()).decode()
    assert raw(app, f"PATCH /dc/echo/x HTTP/1.1\r\ndc-answer: {header}\r\n\r\n".encode()) == (
        b"HTTP/1.1 299 Unknown\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 1\r\n\r\n\xff"
    )
    shown = app.json("BREW", "/dc/echo/a%2Fb?q", b"\x00", {"X-Y": "Z"})[1]
    assert (shown["method"], shown["target"], shown["body_base64"]) == ("BREW", "/dc/echo/a%2Fb?q", "AA==")
    assert ["X-Y", "Z"] in shown["headers"]
    assert app.call("GET", "/dc/echo", headers={"dc-answer": "?"})[0] == 400


def test_header_names_can_be_lower_case(start):
    assert b"\r\nx-a: 1\r\nx-a: 2\r\n" in raw(start(spec("lower_case_headers")), b"GET /price/b HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    ("fault", "method", "path", "status"),
    [
        ("post_only", "GET", "/echo/a", 405),
        ("head_refused", "HEAD", "/price/b", 405),
        ("redirect_trailing_slash", "GET", "/echo/a", 308),
        ("redirect_trailing_slash", "GET", "/echo/a/", 200),
        ("masks_errors", "GET", "/broken", 200),
    ],
)
def test_a_request_is_answered_wrong(start, fault, method, path, status):
    assert start(spec(fault)).call(method, path)[0] == status


@pytest.mark.parametrize(
    ("fault", "field", "shown"),
    [
        ("ignores_body_on_delete", "body", ""),
        ("drops_query", "query", ""),
        ("text_bodies_only", "body_base64", base64.b64encode(b"a").decode()),
    ],
)
def test_part_of_a_request_is_lost(start, fault, field, shown):
    assert start(spec(fault)).json("DELETE", "/echo/a?q=1", b"a\xff")[1][field] == shown


@pytest.mark.parametrize(
    ("fault", "kept"),
    [("lowercases_header_values", ["X-A: one", "X-A: two"]), ("loses_repeated_header", ["X-A: Two"])],
)
def test_part_of_the_headers_is_lost(start, fault, kept):
    answer = raw(start(spec(fault)), b"GET /echo/a HTTP/1.1\r\nX-A: One\r\nX-A: Two\r\n\r\n")
    headers = json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]
    assert [f"{name}: {value}" for name, value in headers] == kept


@pytest.mark.parametrize(
    ("fault", "header"), [("differs_via_sidecar", "dapr-caller-app-id"), ("checks_host", "X-Forwarded-Host")]
)
def test_a_proxied_request_is_refused(start, fault, header):
    app = start(spec(fault))
    assert app.call("GET", "/echo/a")[0] == 200
    assert app.call("GET", "/echo/a", headers={header: "other"})[0] in (403, 421)


@pytest.mark.parametrize(
    ("fault", "topics"),
    [
        ("dead_letter_topic_equals_topic", [("orders", "orders"), ("dead", None), ("dc", "dc-dead")]),
        ("dead_letter_misspelt", [("orders", "deads"), ("dead", None), ("dc", "dc-dead")]),
        ("dead_letter_not_subscribed", [("orders", "dead"), ("dc", "dc-dead")]),
    ],
)
def test_a_dead_letter_topic_is_declared_wrong(start, fault, topics):
    rows = start(spec(fault)).json("GET", "/dapr/subscribe")[1]
    assert [(row["topic"], row.get("deadLetterTopic")) for row in rows] == topics
