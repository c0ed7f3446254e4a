import base64

import pytest

from dapr_conformance.checkers.wrapping import difference, media_type, wrapped


@pytest.mark.parametrize(
    ("content_type", "body", "carried"),
    [
        ("application/json", b'{"a": 9007199254740993}', {"data": {"a": 2**53 + 1}}),
        ("Application/JSON; charset=utf-8", b"[1]", {"data": [1]}),
        ("application/json", b"{", {"data": "{"}),
        ("application/json", b"", {"data": ""}),
        ("application/json", b"null", {"data": None}),
        ("application/vnd.x+json", b"[1]", {"data": "[1]"}),
        (None, b"abc", {"data": "abc"}),
        ("text/plain", b"\xff\xe2\x82", {"data": "\ufffd\ufffd\ufffd"}),
        ("application/octet-stream;x=1", b"\x00", {"bytes": b"\x00"}),
    ],
)
def test_what_daprd_makes_of_a_body(content_type, body, carried):
    assert wrapped(content_type, body) == carried


def test_no_content_type_is_text():
    assert media_type(None) == "text/plain"


@pytest.mark.parametrize(
    ("carried", "event"),
    [
        ({"data": {"a": 2**53 + 1}}, {"data": {"a": 2**53 + 1}}),
        ({"data": 1.0}, {"data": 1}),
        ({"data": None}, {"data": None}),
        ({"bytes": b"\xff"}, {"data_base64": base64.b64encode(b"\xff").decode()}),
    ],
)
def test_the_same(carried, event):
    assert difference(carried, event) == ""


@pytest.mark.parametrize(
    ("carried", "event"),
    [
        ({"data": 2**53 + 1}, {"data": 2**53}),
        ({"data": [2**53 + 1]}, {"data": [2**53]}),
        ({"data": None}, {}),
        ({"data": "1"}, {"data": 1}),
        ({"data": {"a": 1}}, {"data": '{"a": 1}'}),
        ({"data": 0}, {"data": False}),
        ({"data": "日本"}, {"data": "??"}),
        ({"bytes": b"\xff"}, {"data": "\ufffd"}),
        ({"bytes": b"a"}, {"data_base64": "Yg=="}),
    ],
)
def test_not_the_same(carried, event):
    assert difference(carried, event)
