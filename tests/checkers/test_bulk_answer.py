import json

import pytest

from dapr_conformance.checkers.bulk_answer import is_missing, problem, read

STORED = {"a": 1, "b": None, "c": ""}


def entry(key, **more):
    return {"key": key, "etag": "1", **more}


GOOD = [entry("b", data=None), {"key": "x"}, entry("a", data=1)]


def said(asked, *entries):
    return problem(asked, STORED, json.dumps(list(entries)).encode())


def test_any_order_is_right():
    assert said(["a", "b", "x"], *GOOD) == ""
    assert said(["a", "b", "x"], *reversed(GOOD)) == ""
    assert said([]) == ""


def test_a_key_that_is_asked_for_twice_may_come_twice_or_once_with_a_filler():
    assert said(["a", "a"], entry("a", data=1), entry("a", data=1)) == ""
    assert said(["a", "a"], entry("a", data=1), {"key": ""}) == ""


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (GOOD[:2], "without 1 keys, such as 'a'"),
        ([], "without 3 keys"),
        ([*GOOD, GOOD[0]], "more, such as 'b'"),
        ([*GOOD, {"key": ""}], "more, such as ''"),
        ([*GOOD, entry("other", data=1)], "'other'"),
        ([GOOD[0], GOOD[1], entry("a", data=2)], "'a' has 2"),
        ([GOOD[0], GOOD[1], entry("a", data=True)], "'a' has true"),
        ([GOOD[0], GOOD[1], {"key": "a", "data": 1}], "'a' is"),
        ([GOOD[0], GOOD[1], {"key": "a"}], "'a' is"),
        ([GOOD[0], GOOD[1], entry("a", error="down")], "'a' is"),
        ([{"key": "b"}, *GOOD[1:]], "'b' is"),
        ([GOOD[0], entry("x", data=1), GOOD[2]], "'x', which is not there"),
        ([GOOD[0], {"key": "x", "error": "down"}, GOOD[2]], "'x', which is not there"),
    ],
)
def test_what_is_wrong_is_named(entries, why):
    assert why in said(["a", "b", "x"], *entries)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"null", b"not JSON"])
def test_what_is_no_list_of_entries(body):
    assert read(body) is None
    assert "no list" in problem(["a"], STORED, body)


def test_missing_is_told_from_null():
    assert is_missing({"key": "x"})
    assert not is_missing(entry("x", data=None))
    assert not is_missing({"key": "x", "error": "down"})
