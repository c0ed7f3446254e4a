"""What gopkg.in/yaml.v2 2.4.0 answered when it was run on these."""

import pytest

from dapr_conformance.target import go_scalars


@pytest.mark.parametrize(
    ("text", "integer", "daprd"),
    [
        ("3000", 3000, "3000"),
        ("+5", 5, "5"),
        ("0123", 83, "83"),
        ("007", 7, "7"),
        ("08", 8, "8"),
        ("0o17", 15, "15"),
        ("8_080", 8080, "8080"),
        ("0x1F", 31, "31"),
        ("-0b11", -3, "-3"),
        ("1.10", 1, "1.1"),
        ("3000.7", 3000, "3000.7"),
        ("1e3", 1000, "1000"),
        ("yes", None, "true"),
        ("y", None, "true"),
        ("Off", None, "false"),
        ("yEs", None, "yEs"),
        ("5s", None, "5s"),
        ("_", None, "_"),
        ("2024-01-01", None, "2024-01-01"),
        ("9999999999999999999", None, "9999999999999999999"),
        ("9" * 5000, None, "inf"),
    ],
)
def test_numbers_and_texts(text, integer, daprd):
    assert go_scalars.integer(text) == integer
    assert go_scalars.as_text(text) == daprd


@pytest.mark.parametrize(("text", "truth"), [("yes", True), ("y", True), ("ON", True), ("No", False), ("oN", None)])
def test_booleans(text, truth):
    assert go_scalars.boolean(text) is truth
    assert go_scalars.is_text(text) is (truth is None)
