import pytest

from dapr_conformance.checkers.header_view import (
    added_by_caller,
    answer_difference,
    answer_view,
    request_difference,
    varying,
)
from dapr_conformance.runtime.expectations import for_version

STRIPPED = for_version("1.18.2").hop_by_hop_stripped


def test_headers_may_change_case_and_order_of_names_only():
    sent = [("X-A", "1"), ("x-b", "2"), ("X-a", "3"), ("Te", "trailers"), ("x-bin", "AA"), ("grpc-x", "1")]
    seen = [("Host", "h"), ("X-B", "2"), ("X-A", "1"), ("X-A", "3"), ("Traceparent", "00-1")]
    assert request_difference(sent, seen, STRIPPED) == ""


@pytest.mark.parametrize(
    "seen",
    [[("X-A", "1")], [("X-A", "3"), ("X-A", "1")], [("X-A", "1, 3")], [("X-A", "1"), ("X-A", "3"), ("X-A", "1")]],
)
def test_a_repeated_header_keeps_every_line_in_order(seen):
    assert "x-a" in request_difference([("X-A", "1"), ("X-A", "3")], seen, STRIPPED)


def test_a_forwarded_header_may_be_extended_but_not_replaced():
    sent = [("X-Forwarded-For", "9.9.9.9")]
    assert request_difference(sent, [*sent, ("X-Forwarded-For", "127.0.0.1")], STRIPPED) == ""
    assert request_difference(sent, [("X-Forwarded-For", "127.0.0.1")], STRIPPED)


def test_older_versions_forward_hop_by_hop_headers():
    older = for_version("1.16.0").hop_by_hop_stripped
    assert request_difference([("Proxy-Authorization", "x")], [], older)
    assert not request_difference([("Proxy-Authorization", "x")], [], STRIPPED)


def test_an_answer_may_gain_headers_but_lose_none():
    given = answer_view(200, [("ETag", "1"), ("Content-Length", "2"), ("Date", "then")], b"{}")
    gained = answer_view(200, [("Etag", "1"), ("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")], b"{}")
    assert answer_difference(given, gained) == ""
    assert "etag" in answer_difference(given, answer_view(200, [], b"{}"))
    assert answer_difference(given, answer_view(200, [], b"{}"), ignored=frozenset({"etag"})) == ""


@pytest.mark.parametrize(("status", "body"), [(201, b"{}"), (200, b"{ }"), (None, b"")])
def test_status_and_body_are_compared(status, body):
    given = answer_view(200, [], b"{}")
    assert answer_difference(given, answer_view(status, [], body))


def test_headers_on_which_an_app_differs_from_itself_are_named():
    one, two = (answer_view(200, [("X-Id", text), ("X-Same", "s")], b"") for text in "ab")
    assert varying(one, two) == {"x-id"}


def test_the_headers_of_another_app_name_both_ends():
    added = dict(added_by_caller("billing", "orders"))
    assert (added["Dapr-Caller-App-Id"], added["Dapr-Callee-App-Id"]) == ("billing", "orders")
