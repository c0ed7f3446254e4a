import pytest

from dapr_conformance.checkers.json_pointer import found_at
from dapr_conformance.checkers.likeness import meaning


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"[1, 2]", b"[2,1]"),
        (b'{"a": [{"x": 1}, {"x": 2}], "b": null}', b'{"b":null,"a":[{"x":2},{"x":1}]}'),
        (b"text", b"text"),
    ],
)
def test_alike(one, other):
    assert meaning(200, one) == meaning(200, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"[1, 2]", b"[1]"),
        (b"[1, 1]", b"[1]"),
        (b'[{"id": 1, "n": 1}, {"id": 2, "n": 2}]', b'[{"id": 1, "n": 2}, {"id": 2, "n": 1}]'),
        (b"1", b"true"),
        (b"null", b""),
        (b"\xff", b"\xfe"),
    ],
)
def test_not_alike(one, other):
    assert meaning(200, one) != meaning(200, other)


def test_the_status_counts():
    assert meaning(200, b"[]") != meaning(404, b"[]")


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a": [{"b/c": 5}]}), ("/a/0/b~1c", 5), ("/a/1", None), ("/a/x", None), ("/a/0/b~1c/d", None)],
)
def test_a_pointer_finds(pointer, value):
    assert found_at({"a": [{"b/c": 5}]}, pointer) == value
