import pytest

from dapr_conformance.exit_status import exit_status
from dapr_conformance.verdict import Attribution, CheckResult, Verdict, merge


def row(verdict, attribution=None, *, level="must", vantage="app", harness_fault=False):
    return CheckResult(
        id="x",
        kind="property",
        property=2,
        title="",
        level=level,
        block="state",
        vantage=vantage,
        environment="embedded",
        verdict=verdict,
        attribution=attribution,
        harness_fault=harness_fault,
    )


PASS = row(Verdict.PASSED)


@pytest.mark.parametrize(
    ("verdicts", "merged"),
    [
        ("failed flaky", "failed"),
        ("flaky blocked", "flaky"),
        ("blocked inconclusive", "blocked"),
        ("inconclusive warned passed", "inconclusive"),
        ("warned passed", "warned"),
        ("passed unsupported", "passed"),
        ("unsupported", "unsupported"),
        ("", "inconclusive"),
    ],
)
def test_the_worst_verdict_wins(verdicts, merged):
    assert merge(Verdict(word) for word in verdicts.split()) is Verdict(merged)


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([PASS], 0),
        ([PASS, row(Verdict.FAILED, Attribution.APP)], 1),
        ([PASS, row(Verdict.FAILED, Attribution.CONFIG, vantage="system")], 1),
        ([PASS, row(Verdict.FAILED, Attribution.COMPONENT)], 0),
        ([PASS, row(Verdict.FAILED, Attribution.RUNTIME)], 0),
        ([PASS, row(Verdict.FAILED, Attribution.APP, level="should")], 0),
        ([PASS, row(Verdict.FAILED)], 1),
        ([PASS, row(Verdict.FLAKY)], 1),
        ([PASS, row(Verdict.BLOCKED, Attribution.ENVIRONMENT)], 6),
        ([PASS, row(Verdict.BLOCKED), row(Verdict.FAILED, Attribution.APP)], 1),
        ([PASS, row(Verdict.INCONCLUSIVE, harness_fault=True), row(Verdict.FAILED, Attribution.APP)], 3),
        ([PASS, row(Verdict.INCONCLUSIVE)], 0),
        ([row(Verdict.UNSUPPORTED)], 7),
        ([row(Verdict.PASSED, vantage="sidecar")], 7),
        ([row(Verdict.PASSED, vantage="system")], 0),
        ([row(Verdict.WARNED, vantage="system")], 7),
    ],
)
def test_exit_status_follows_the_precedence(rows, status):
    assert exit_status(rows, pytest_status=0, selected=1, user_failures=0) == status


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([PASS], 0),
        ([PASS, row(Verdict.FAILED, Attribution.RUNTIME)], 1),
        ([PASS, row(Verdict.WARNED, Attribution.COMPONENT)], 1),
        ([PASS, row(Verdict.WARNED)], 0),
        ([PASS, row(Verdict.INCONCLUSIVE)], 7),
        ([PASS, row(Verdict.UNSUPPORTED)], 7),
        ([PASS, row(Verdict.BLOCKED), row(Verdict.UNSUPPORTED)], 6),
    ],
)
def test_strict_counts_the_ground_and_what_was_not_judged(rows, status):
    assert exit_status(rows, pytest_status=0, selected=1, user_failures=0, strict=True) == status


@pytest.mark.parametrize("pytest_status", [2, 4, 5])
def test_what_pytest_itself_ended_with_stays(pytest_status):
    failed = [row(Verdict.FAILED, Attribution.APP)]
    assert exit_status(failed, pytest_status=pytest_status, selected=1, user_failures=0) == pytest_status


def test_a_failing_test_of_the_users_own_counts():
    assert exit_status([PASS], pytest_status=0, selected=1, user_failures=1) == 1


def test_nothing_selected_is_not_nothing_judged():
    assert exit_status([], pytest_status=0, selected=0, user_failures=0) == 0
