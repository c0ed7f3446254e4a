import pytest

from dapr_conformance.checkers.json_value import contains, same


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (1, 1.0),
        (2**53 + 1, 2**53),
        (None, None),
        ({"b": 1, "a": [1, "x"]}, {"a": [1, "x"], "b": 1}),
        ("\ud800", "\ufffd"),
        (0.1, 0.1),
    ],
)
def test_the_same_for_dapr(sent, got):
    assert same(sent, got)


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (1, True),
        (0, False),
        (None, 0),
        ("", None),
        ("1", 1),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ("ä", "a"),
        ({"a": None}, {}),
        (2**53 - 1, 2**53),
    ],
)
def test_not_the_same(sent, got):
    assert not same(sent, got)


def test_a_record_may_show_more_fields_than_were_saved():
    assert contains({"a": 1}, {"a": 1, "id": "x"})
    assert not contains({"a": 1, "b": None}, {"a": 1})
    assert not contains({"a": 1}, [1])
