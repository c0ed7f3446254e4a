import base64
import json

import pytest

from dapr_conformance.checkers.echo_view import Sent, difference

SENT = Sent("POST", "/e%20/x", "a=1&a=%202", (("X-A", "1"), ("x-a", "Two, 3")), b"\x00\xff")


def echo(**changes):
    shown = {
        "method": "POST",
        "path": "/e%20/x",
        "query": "a=1&a=%202",
        "headers": [["Host", "h"], ["x-a", "1"], ["x-a", "Two, 3"]],
        "body": base64.b64encode(b"\x00\xff").decode(),
    }
    return json.dumps({**shown, **changes}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"path": "/e /x"},
        {"query": "?a=1&a=%202"},
        {"query": {"a": ["1", " 2"]}},
        {"query": {"a": " 2"}},
        {"headers": {"X-A": "1, Two, 3"}},
        {"headers": {"x-a": ["1", "Two, 3"]}},
        {"headers": [["x-a", "1, Two, 3"]]},
        {"body": "\x00\ufffd"},
        {"body": "", "body_base64": "AP8="},
    ],
)
def test_every_honest_way_of_showing_is_accepted(changes):
    assert difference(SENT, echo(**changes)) == ""


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("method", {"method": "GET"}),
        ("path", {"path": "/e%20"}),
        ("query", {"query": ""}),
        ("query", {"query": {"a": ["1"]}}),
        ("query", {"query": {}}),
        ("header x-a", {"headers": [["x-a", "Two, 3"]]}),
        ("header x-a", {"headers": [["x-a", "1"], ["x-a", "two, 3"]]}),
        ("header x-a", {"headers": {}}),
        ("headers", {"headers": None}),
        ("body", {"body": ""}),
        ("body", {"body": "AP8=", "body_base64": "AA=="}),
    ],
)
def test_a_contradiction_is_named(part, changes):
    assert difference(SENT, echo(**changes)).startswith(part)


def test_a_json_body_may_be_shown_as_json():
    assert difference(Sent("PUT", "/", body=b'{"a": 1}'), echo(method="PUT", path="/", query="", body={"a": 1})) == ""


@pytest.mark.parametrize("answer", [b"", b"ok", b"[]"])
def test_what_is_no_json_object_is_no_echo(answer):
    assert "echo" in difference(SENT, answer)
