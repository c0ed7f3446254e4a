import json

import jsonschema
import pytest

from dapr_conformance import bundle
from dapr_conformance.reporting import results_json, write_all

SCHEMA = json.loads((bundle.folder("reports") / "results.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def problems(results):
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(results)]


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_keeps_the_schema(results, secret, tmp_path):
    write_all(results, tmp_path, [secret, "passed", "property", "orders"])
    assert problems(json.loads((tmp_path / "results.json").read_text())) == []


def test_what_is_written_for_a_killed_run_keeps_the_schema(tmp_path):
    write_all({"run": {"exit_status": None}, "checks": []}, tmp_path)
    assert problems(json.loads((tmp_path / "results.json").read_text())) == []


def test_what_was_not_tested_follows_from_the_checks(results, tmp_path):
    listed = results.pop("not_tested")
    write_all(results, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text())["not_tested"] == listed


def test_a_field_that_the_schema_does_not_know_is_kept(results, tmp_path):
    results["later"] = {"a": 1}
    write_all(results, tmp_path)
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["later"] == {"a": 1}
    assert problems(written) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict", "ok"),
        ("attribution", "nobody"),
        ("property", 31),
        ("vantage", "both"),
        ("examples", -1),
        ("location", {"line": 3}),
        ("evidence", [{"kind": "exchange", "title": "", "data": {"request": {"method": "GET"}}}]),
        ("evidence", [{"kind": "picture", "title": "", "data": {}}]),
    ],
)
def test_the_schema_refuses_a_wrong_check(results, field, value):
    results["checks"][0][field] = value
    assert problems(results_json.complete(results))


@pytest.mark.parametrize("field", ["verdict", "reproduce", "trigger", "numbers", "harness_fault"])
def test_the_schema_refuses_a_check_without_a_field_of_the_contract(results, field):
    del results["checks"][0][field]
    assert problems(results_json.complete(results))


def test_numbers_that_json_does_not_know_become_null(results):
    results["checks"][0]["numbers"] = {"a": float("nan"), "b": float("inf"), "c": 1.5}
    written = json.loads(results_json.text(results_json.complete(results)))
    assert written["checks"][0]["numbers"] == {"a": None, "b": None, "c": 1.5}


def test_text_that_is_no_unicode_survives():
    assert json.loads(results_json.text({"a": "\ud800\x00"})) == {"a": "\ud800\x00"}
