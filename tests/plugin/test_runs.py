"""Real runs: verdicts in pytest's words, a user's own tests and checks, failures, replays."""

import json

PASSED = {
    "properties/state/round_trip[sidecar]@embedded": "passed",
    "properties/state/round_trip[app]@embedded": "passed",
}
APP = "properties/state/round_trip[app]@embedded"
OWN_TESTS = """
import pytest


def test_target(dapr_target):
    assert dapr_target.app_id == "notes"


def test_sidecar_and_wire(dapr_sidecar, dapr_wire):
    mark = dapr_wire.inbound.mark()
    reply = dapr_sidecar.call("PUT", "/v1.0/invoke/notes/method/notes/a", body=b'{"text": "hello"}')
    assert reply.status == 201
    assert [e.target for e in dapr_wire.inbound.exchanges(since=mark)] == ["/notes/a"]


def test_control(dapr_control):
    assert dapr_control.call("GET", "/v1.0/healthz").ok


@pytest.mark.parametrize("address", ["ada@example.org"])
def test_own_failure(address):
    assert address == ""
"""
OWN_CHECKS = """
import warnings

from dapr_conformance import Attribution, Inconclusive, Unsupported, Violation, requirement

seen = []


def own(body, level="must"):
    def check(check):
        check.once("part", body)

    decorate = requirement(
        "X MUST Y.", title="Own", block="own block", vantage="app", source="this team", level=level
    )
    return decorate(check)


def fails(check):
    raise Violation("this", "that", attribution=Attribution.APP)


def flickers(check):
    seen.append(1)
    if len(seen) == 1:
        raise Violation("this", "that")


def unsupported(check):
    raise Unsupported("there is nothing of the kind", "kind: of")


def undecided(check):
    raise Inconclusive("its trigger never happened")


def met_a_limit(check):
    raise Violation("this", "that", warned=True)


def throws(check):
    raise ZeroDivisionError("in the check")


def holds(check):
    warnings.warn("a library's own", DeprecationWarning)


a_failed = own(fails)
a_flaky = own(flickers)
a_skipped = own(unsupported)
an_error = own(undecided)
a_warned = own(met_a_limit)
a_passed = own(holds)
"""


def test_a_conformant_app_passes_and_leaves_nothing_in_the_repo(notes, junit):
    before = {path.name for path in notes.folder.iterdir()}
    result = notes.run("--dapr-target=notes", "-k", "round_trip", "--dapr-examples=3", "--junitxml=report.xml")
    assert (result.status, result.verdicts) == (0, PASSED), result.out
    assert junit(notes.folder / "report.xml") == PASSED
    assert "PASS  notes is conformant" in result.out
    assert notes.folders() == []
    # pytest's own cache is there or not, by whether it runs in CI
    new = {path.name for path in notes.folder.iterdir()} - before - {".pytest_cache"}
    assert new == {"dapr-report", "report.xml", "busy"}


def test_strict_does_not_let_pass_what_was_not_judged(notes):
    select = ("--dapr-target=notes", "-k", "state and app", "--dapr-examples=3")
    result = notes.run(*select, "--dapr-strict")
    assert result.verdicts["properties/state/deletion[app]@embedded"] == "unsupported"
    assert result.status == 7, result.out
    assert "something could not be judged, which --dapr-strict does not let pass" in result.out
    assert "--dapr-strict" in result.row("round_trip[app]")["reproduce"]["command"]


def test_a_known_failure_does_not_count_and_one_that_is_gone_is_told(notes, junit):
    gone = "properties/state/round_trip[sidecar]@embedded"
    notes.write("known.txt", f"# until we keep case apart\n{APP}\n{gone}\n")
    select = ("--dapr-target=notes", "-k", "state", "--dapr-examples=20", "--dapr-baseline=known.txt")
    result = notes.run(*select, "--junitxml=report.xml", FAULT="lower-cased key")
    row = result.row("round_trip[app]")
    assert (row["verdict"], row["known"]) == ("failed", True), result.out
    assert junit(notes.folder / "report.xml")[APP] == "skipped"
    assert f"known.txt:3: {gone} holds now; take it out" in result.out
    assert f"KNOWN FAILED {APP}" in result.out
    # Nothing passed on the app's side: the only other check there needs a route that is not declared.
    assert result.status == 7


def test_every_verdict_has_its_word_in_pytest_and_junit(notes, junit):
    notes.write("checks/test_own.py", OWN_CHECKS)
    result = notes.run(
        "--dapr-target=notes", "checks", "-W", "error", "--strict-markers", "--junitxml=report.xml", "-p", "no:randomly"
    )
    prefix = "checks/test_own::"
    outcomes = {
        name.removeprefix(prefix).partition("[")[0]: kind for name, kind in junit(notes.folder / "report.xml").items()
    }
    assert outcomes == {
        "a_failed": "failure",
        "a_flaky": "failure",
        "a_skipped": "skipped",
        "an_error": "error",
        "a_warned": "passed",
        "a_passed": "passed",
    }, result.out
    verdicts = {id_.removeprefix(prefix).partition("[")[0]: verdict for id_, verdict in result.verdicts.items()}
    assert verdicts == {
        "a_failed": "failed",
        "a_flaky": "flaky",
        "a_skipped": "unsupported",
        "an_error": "inconclusive",
        "a_warned": "warned",
        "a_passed": "passed",
    }
    assert result.status == 1
    assert "FAILED checks/test_own::a_failed[app]@embedded - Failed: that" in result.out
    command = result.row("a_failed")["reproduce"]["command"]
    assert (
        command
        == "pytest checks/test_own.py --dapr-target=notes '--dapr-replay=checks/test_own::a_failed[app]@embedded'"
    )


def test_a_users_own_tests_use_the_fixtures_and_count(notes):
    notes.write("tests/test_own.py", OWN_TESTS)
    result = notes.run("--dapr-target=notes", "tests")
    assert (result.status, result.results["checks"]) == (1, []), result.out
    assert "1 failed, 3 passed" in result.out


def test_a_check_that_throws_is_the_harness_fault(notes):
    notes.write("checks/test_own.py", OWN_CHECKS + "\n\nit_throws = own(throws)\n")
    result = notes.run("--dapr-target=notes", "checks/test_own.py::it_throws")
    assert (result.status, result.row("it_throws")["harness_fault"]) == (3, True), result.out
    assert "ZeroDivisionError: in the check" in result.out


def test_a_real_failure_is_found_kept_and_repeated(notes, junit):
    select = ("--dapr-target=notes", "--dapr-examples=20", "--junitxml=report.xml")
    first = notes.run(*select, "-k", "round_trip and app", FAULT="lower-cased key")
    row = first.row("round_trip[app]")
    assert (first.status, row["verdict"], row["attribution"]) == (1, "failed", "app"), first.out
    assert junit(notes.folder / "report.xml")[APP] == "failure"
    assert f"FAILED {APP}" in first.out
    assert row["reproduce"]["command"] == (f"pytest --dapr-target=notes --dapr-examples=20 '--dapr-replay={APP}'")

    again = notes.run(*select, f"--dapr-replay={APP}", FAULT="lower-cased key")
    repeated = again.row("round_trip[app]")
    assert (again.status, repeated["verdict"], repeated["examples"]) == (1, "failed", 1), again.out
    assert example(repeated) == example(row)
    assert again.report == first.report / "replay"
    assert json.loads((first.report / "results.json").read_text()) == first.results

    fixed = notes.run("--dapr-target=notes", "--lf", "--dapr-examples=3")
    assert (fixed.status, fixed.verdicts) == (0, {APP: "passed"}), fixed.out

    unknown = notes.run("--dapr-target=notes", "--dapr-replay=properties/state/nothing[app]@embedded")
    assert unknown.status == 4
    assert f"allowed: {APP}" in unknown.out


def example(row):
    return next(piece["data"]["value"] for piece in row["evidence"] if piece["title"] == "minimal example")
