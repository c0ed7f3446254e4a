import json

import pytest

from dapr_conformance.checkers.bulk_view import problem, rows

SAVED = {"a": {"n": 1}, "b": {"n": 2}}


def shown(answer, pointer=""):
    return rows(json.dumps(answer).encode(), pointer, "id")


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ([{"id": "a", "n": 1}, {"id": "b", "n": 2, "more": []}], ""),
        ([{"id": "b", "n": 2}, {"id": "a", "n": 1}, {"id": "a", "n": 1}], ""),
        ({"a": {"n": 1}, "b": {"n": 2}, "x": None}, ""),
        ({"found": [{"id": "b", "n": 2}, {"id": "a", "n": 1}], "missing": ["x"]}, "/found"),
        ([{"id": "b", "n": 2}, {"id": "a", "n": 1}, {"id": "x", "error": "not found"}], ""),
        ({"a": {"n": 1}, "b": {"n": 2}, "x": "not found"}, ""),
    ],
)
def test_every_honest_way_of_showing_is_accepted(answer, pointer):
    assert problem(["a", "x", "b", "a"], SAVED, shown(answer, pointer)) == ""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([], "2 of 2 records are not shown, such as a"),
        ([{"id": "a", "n": 1}], "1 of 2 records are not shown, such as b"),
        ({"a": {"n": 1}, "b": None}, "such as b"),
        ([{"id": "a", "n": 2}, {"id": "b", "n": 1}], "a is shown as"),
        ([{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "x", "n": 1}], "x is shown as"),
        ([{"id": "a", "n": 1}, {"id": "b"}], "b is shown as"),
    ],
)
def test_what_is_wrong_is_named(answer, why):
    assert why in problem(["a", "x", "b"], SAVED, shown(answer))


@pytest.mark.parametrize("body", [b"", b"5", b'"x"', b"null", b'{"found": 5}'])
def test_what_shows_no_records(body):
    assert rows(body, "/found", "id") is None
