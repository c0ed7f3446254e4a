from dapr_conformance.reporting.caveats import caveats
from dapr_conformance.reporting.coverage import app_side, not_tested


def check(name, vantage, verdict, number=1, enable=""):
    return {
        "id": f"properties/{name}[{vantage}]@embedded",
        "vantage": vantage,
        "verdict": verdict,
        "property": number,
        "enable": enable,
        "reason": "not declared",
    }


def test_properties_count_once_however_many_rows_they_have():
    rows = [check("a", "app", "passed"), check("a", "app", "failed"), check("b", "sidecar", "passed")]
    assert app_side({"checks": rows, "not_tested": []}).judged == 1


def test_what_is_inconclusive_or_blocked_was_not_judged():
    rows = [check(v, "app", v) for v in ("inconclusive", "blocked", "unsupported")]
    assert app_side({"checks": rows, "not_tested": []}).judged == 0


def test_one_line_that_enables_two_properties_is_one_line_that_adds_two():
    rows = [check("a", "app", "unsupported", enable="state: x"), check("b", "app", "unsupported", enable="state: x")]
    told = app_side({"checks": rows, "not_tested": []})
    assert (told.lines, told.added) == (("state: x",), 2)


def test_a_property_that_was_judged_already_adds_nothing():
    rows = [check("a", "app", "passed"), check("a", "app", "unsupported", enable="more: x")]
    assert app_side({"checks": rows, "not_tested": []}).added == 0


def test_what_was_not_tested_is_listed_once_with_the_line_of_the_run(results):
    rows = not_tested(results)
    assert [row["id"] for row in rows] == ["properties/invocation/unchanged_both_ways[app]@embedded"]
    assert rows[0]["enable"].startswith("invoke:")


def test_whole_checks_and_parts_that_a_line_would_enable_were_not_tested():
    rows = [
        check("a", "app", "unsupported"),
        {**check("b", "app", "passed", enable="topics: x"), "reason": ""},
        check("c", "app", "passed"),
    ]
    assert not_tested({"checks": rows}) == [
        {"id": "properties/a[app]@embedded", "reason": "not declared", "enable": ""},
        {"id": "properties/b[app]@embedded", "reason": "parts of this check", "enable": "topics: x"},
    ]


def test_the_sample_says_what_voids_its_green_rows(results):
    told = caveats(results)
    assert told[0].startswith("2 checks could not come to a verdict")
    assert "statestore (state.sqlite for state.redis)" in told[1]


def test_a_note_of_the_run_is_not_told_twice(results):
    results["notes"] = ["Judged on stand-ins: statestore."]
    assert sum("stand-ins" in text for text in caveats(results)) == 1


def test_an_interrupted_run_without_the_app_says_both_first(results):
    results["run"]["exit_status"] = 2
    results["checks"] = [row for row in results["checks"] if row["vantage"] == "sidecar"]
    results["checks"][0] |= {"harness_fault": True, "examples": 0}
    told = "\n".join(caveats(results))
    for words in ("interrupted", "1 check broke through a fault", "Nothing was judged on the app's side"):
        assert words in told
    assert "Passed without any example: properties/state/what_is_saved_is_read[sidecar]@embedded." in told


def test_an_app_that_was_only_watched_is_said_to_be(results):
    results["checks"] = [row for row in results["checks"] if row["vantage"] == "sidecar"]
    watched = {"id": "system/app_works[system]@embedded", "vantage": "system", "verdict": "passed", "examples": 0}
    results["checks"].append({**results["checks"][0], **watched})
    told = "\n".join(caveats(results))
    assert "but that it works without a port" in told
    assert "Passed without any example" not in told
