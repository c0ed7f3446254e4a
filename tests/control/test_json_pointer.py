import pytest

from dapr_conformance.control.json_pointer import placed, set_at, value_at


@pytest.mark.parametrize(
    ("document", "pointer", "made"),
    [
        (None, "", 5),
        (None, "/a/0/b~1c", {"a": [{"b/c": 5}]}),
        ({"a": [{"x": 1}]}, "/a/0/y", {"a": [{"x": 1, "y": 5}]}),
        ({"a": 1}, "/b", {"a": 1, "b": 5}),
        (None, "/1", [None, 5]),
        ({"0": 1}, "/0", {"0": 5}),
    ],
)
def test_what_is_set_is_found(document, pointer, made):
    assert set_at(document, pointer, 5) == made
    assert value_at(made, pointer) == 5


def test_nothing_is_found_where_nothing_is():
    assert value_at({"a": [1]}, "/a/1") is None
    assert value_at({"a": 1}, "/a/b") is None


def test_the_smallest_document():
    assert placed("/a/b", []) == {"a": {"b": []}}
    assert placed("", 1) == 1
