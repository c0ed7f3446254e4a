import json

import pytest

from dapr_conformance.checkers.publication import is_raw, problem

EVENT = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
STRUCTURED = "application/cloudevents+json"


def event(**more):
    return json.dumps({**EVENT, **more}).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"a": [1, "x"]}'),
        ("application/json; charset=utf-8", b'"text"'),
        ("application/json", b'"5"'),
        ("application/json", b"null"),
        ("application/json", json.dumps({"kept": EVENT}).encode()),
        (None, b"text"),
        ("text/plain", "ä".encode()),
        ("text/plain", b"5"),
        ("application/vnd.x+json", b"{}"),
        ("application/octet-stream", b"\xff"),
        ("application/octet-stream", b"{}"),
        (STRUCTURED, event()),
        (STRUCTURED, event(data={"a": 1}, ext="x")),
        (STRUCTURED, event(data_base64="AP8=")),
        (STRUCTURED, event(data='{"a": 1}', datacontenttype="text/plain")),
        (STRUCTURED, b'{"id": "1", "data": 1}'),
    ],
)
def test_what_is_right(content_type, body):
    assert problem(content_type, body) == ""


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("application/json", b"{", "declared as JSON"),
        ("application/json", b"", "declared as JSON"),
        ("application/json", json.dumps('{"a": 1}').encode(), "encoded twice"),
        ("application/json", json.dumps("[]").encode(), "encoded twice"),
        ("application/json", event(data=1), "inside the data"),
        (None, b'{"a": 1}', "published as text/plain"),
        ("text/plain;charset=UTF-8", b"[1]", "published as text/plain"),
        ("application/x-www-form-urlencoded", b"{}", "published as application/x-www-form-urlencoded"),
        ("text/plain", b"\xe4", "octet-stream"),
        ("image/png", b"\x89PNG", "octet-stream"),
        (STRUCTURED, b"{", "not JSON"),
        (STRUCTURED, b"[]", "no valid"),
        (STRUCTURED, b'{"source": "/s", "type": "t", "specversion": "1.0"}', "id is None"),
        (STRUCTURED, event(time="now"), "time"),
        (STRUCTURED, event(data=1, data_base64=""), "both"),
        (STRUCTURED, event(data=EVENT), "inside the data"),
        (STRUCTURED, event(data='{"a": 1}'), "encoded twice"),
    ],
)
def test_what_is_wrong_is_named(content_type, body, said):
    assert said in problem(content_type, body)


def test_raw_payloads():
    assert is_raw("/v1.0/publish/p/t?metadata.rawPayload=true")
    assert not is_raw("/v1.0/publish/p/t?metadata.rawPayload=false")
    assert not is_raw("/v1.0/publish/p/t")
