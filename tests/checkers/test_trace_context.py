import base64

import pytest

from dapr_conformance.checkers.trace_context import members, not_continued, parse

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{SPAN}-01"
OTHER = f"00-{TRACE[::-1]}-{SPAN}-01"


@pytest.mark.parametrize("value", [SENT, f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01-what"])
def test_valid(value):
    found = parse(value)
    assert (found.trace_id, found.span_id) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        SENT[:-3],
        SENT + "-x",
        SENT.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f" {SENT}",
        f"00-{TRACE[1:]}-{SPAN}-01",
    ],
)
def test_invalid(value):
    assert parse(value) is None


def test_a_message_that_goes_on_with_the_trace():
    assert not_continued(TRACE, None, [("Traceparent", SENT)]) == ""
    assert (
        not_continued(TRACE, "a=1", [("traceparent", f"00-{TRACE}-{'1' * 16}-00"), ("tracestate", "own=x, a=1")]) == ""
    )
    assert not_continued(TRACE, "a=1,b=2", [("traceparent", SENT), ("tracestate", "a=1"), ("Tracestate", "b=2")]) == ""


@pytest.mark.parametrize(
    ("tracestate", "headers", "words"),
    [
        (None, [], "no traceparent"),
        (None, [("traceparent", SENT.upper())], "the invalid traceparent"),
        (None, [("traceparent", f"00-{'0' * 32}-{'0' * 16}-00")], "the invalid traceparent"),
        (None, [("traceparent", OTHER)], "trace id c913"),
        ("a=1", [("traceparent", SENT)], "tracestate '' without 'a=1'"),
        ("a=1,b=2", [("traceparent", SENT), ("tracestate", "b=2")], "without 'a=1'"),
        ("a=1", [("traceparent", SENT), ("tracestate", "a=2")], "without 'a=1'"),
    ],
)
def test_known_bad(tracestate, headers, words):
    assert words in not_continued(TRACE, tracestate, headers)


def test_the_binary_form_of_older_grpc():
    raw = b"\0\0" + bytes.fromhex(TRACE) + b"\1" + bytes.fromhex(SPAN) + b"\2\1"
    for value in (base64.b64encode(raw).decode(), base64.b64encode(raw).decode().rstrip("=")):
        assert not_continued(TRACE, None, [("grpc-trace-bin", value)]) == ""
    assert not_continued(TRACE, None, [("grpc-trace-bin", "AAA=")]) == "no traceparent"


def test_members():
    assert members(None) == members("") == members(" , ") == []
    assert members("a=1, b@c=2 ,,") == ["a=1", "b@c=2"]
