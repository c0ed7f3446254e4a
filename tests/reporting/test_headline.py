import pytest

from dapr_conformance.reporting.headline import counts, headline


def run(exit_status, *checks):
    rows = [{"verdict": v, "level": level, "attribution": a} for v, level, a in checks]
    return {"run": {"exit_status": exit_status}, "checks": rows}


MUST_FAILED = ("failed", "must", "app")
PASSED = ("passed", "must", None)


@pytest.mark.parametrize(
    ("results", "word", "reason"),
    [
        (run(0, PASSED), "PASS", "every MUST that could be judged holds"),
        (run(1, MUST_FAILED), "FAIL", "1 requirement is not kept"),
        (run(1, MUST_FAILED, ("flaky", "must", None)), "FAIL", "2 requirements are not kept"),
        (run(1, PASSED), "FAIL", "a test outside dapr-conformance failed, none of its checks did"),
        (run(2, PASSED), "INCONCLUSIVE", "the run was interrupted before it could finish"),
        (
            run(2, MUST_FAILED),
            "FAIL",
            "1 requirement is not kept; the run was interrupted before it could finish",
        ),
        (run(None), "INCONCLUSIVE", "the run was killed before it could finish"),
        (run(3, PASSED), "INCONCLUSIVE", "a check or the harness itself broke, so nothing is certain"),
        (run(5), "INCONCLUSIVE", "no check was collected"),
        (run(6, ("blocked", "must", "environment")), "INCONCLUSIVE", "the environment got in the way"),
        (run(7, PASSED), "INCONCLUSIVE", "too little was judged: no MUST of the app's side passed"),
        (run(0, ("failed", "should", "app")), "PASS", "every MUST that could be judged holds"),
        (run(0, ("failed", "must", "runtime")), "PASS", "every MUST that could be judged holds"),
    ],
)
def test_the_headline_follows_status_and_verdicts(results, word, reason):
    told = headline(results)
    assert (told.word, told.reason) == (word, reason)


def test_a_headline_is_never_pass_when_a_must_of_the_app_failed():
    assert all(headline(run(s, MUST_FAILED)).word == "FAIL" for s in (None, *range(8)))


def test_counts_come_worst_first(results):
    assert list(counts(results).items()) == [
        ("failed", 2),
        ("blocked", 1),
        ("inconclusive", 1),
        ("warned", 1),
        ("passed", 2),
        ("unsupported", 1),
    ]
