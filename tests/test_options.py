import pytest

from dapr_conformance.errors import UsageError
from dapr_conformance.options import TABLE, VARIABLES, parse
from dapr_conformance.runtime import cache, image, release


def test_without_a_target_nothing_happens():
    assert parse({}) is None


@pytest.mark.parametrize("row", [row for row in TABLE if row.flag != "dapr-target"], ids=lambda row: row.flag)
def test_any_other_option_without_a_target_is_wrong_use(row):
    with pytest.raises(UsageError, match=f"--{row.flag} needs --dapr-target"):
        parse({row.name: row.kind(1) if row.kind is int else row.kind("x")})


def test_defaults_come_from_the_table():
    parsed = parse({"dapr_target": "orders"})
    assert (parsed.app_id, parsed.examples, parsed.infra, parsed.seed) == ("orders", 100, "embedded", None)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("dapr_examples", 0, "at least 1 example"),
        ("dapr_app_port", 70000, "between 1 and 65535"),
        ("dapr_infra", "redis", "allowed: embedded"),
        ("dapr_isolate", "always", "--dapr-isolate=always: no such value\nallowed: auto, none"),
        ("dapr_target", " ", "empty"),
    ],
)
def test_bad_values_name_the_option_and_what_is_allowed(name, value, problem):
    with pytest.raises(UsageError, match=problem):
        parse({"dapr_target": "orders", name: value})


def test_every_variable_of_the_runtime_is_documented():
    assert {cache.VARIABLE, image.VARIABLE, release.VARIABLE} <= set(VARIABLES)
