import threading

import pytest
from hypothesis import strategies as st

from dapr_conformance.probes.examples import ForAll, drawn
from dapr_conformance.probes.outcome import Inconclusive, Violation


def test_cases_run_beside_one_another_and_each_counts():
    together = threading.Barrier(10, timeout=10)
    run = ForAll(lambda _: together.wait())
    assert run.run_wide(st.integers(), 100, 1, 10) is None
    assert run.count == 100


def test_a_failing_case_is_rerun_and_shrunk_alone():
    under_way, most = [], []

    def body(case):
        under_way.append(case)
        most.append(len(under_way))
        try:
            if case > 1000:
                raise Violation("small", repr(case))
        finally:
            under_way.remove(case)

    run = ForAll(body)
    failure = run.run_wide(st.integers(), 200, 1, 8)
    assert (failure.example, failure.failed, failure.runs) == (1001, 3, 3)
    assert run.count == 200


def test_cases_that_held_are_not_run_again():
    ran = []

    def body(case):
        ran.append(case)
        if case > 1000:
            raise Violation("small", repr(case))

    ForAll(body).run_wide(st.integers(), 200, 1, 8)
    held = [case for case in drawn(st.integers(), 200, 1) if case <= 1000]
    assert all(ran.count(case) <= held.count(case) + 1 for case in held)  # shrinking may come across one


def test_a_case_that_fails_only_in_company_is_flaky():
    first = threading.Event()

    def body(_case):
        if not first.is_set():
            first.set()
            raise Violation("always", "once")

    failure = ForAll(body).run_wide(st.integers(), 50, 1, 4)
    assert (failure.failed, failure.runs) == (1, 3)


def test_what_is_no_violation_is_raised():
    def body(_case):
        raise Inconclusive("no trigger")

    with pytest.raises(Inconclusive):
        ForAll(body).run_wide(st.integers(), 50, 1, 4)


def test_drawing_is_what_a_run_with_the_same_seed_does():
    seen = []
    ForAll(seen.append).run(st.text(), 50, 7)
    assert drawn(st.text(), 50, 7) == seen
