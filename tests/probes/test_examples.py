import time

import pytest
from hypothesis import strategies as st

from dapr_conformance.probes.examples import ForAll, derived_seed
from dapr_conformance.probes.outcome import Inconclusive, Violation


def fail_when(condition):
    def body(case):
        if condition(case):
            raise Violation("small", repr(case))

    return body


def test_a_body_that_holds_runs_for_every_example():
    run = ForAll(lambda _: None)
    assert run.run(st.integers(), 100, 1) is None
    assert run.count == 100


def test_a_failure_is_shrunk_and_confirmed():
    failure = ForAll(fail_when(lambda n: n > 1000)).run(st.integers(), 200, 1)
    assert (failure.example, failure.failed, failure.runs) == (1001, 3, 3)


def test_one_failure_in_many_runs_is_counted_as_such():
    calls = []

    def body(_case):
        calls.append(1)
        if len(calls) == 5:
            raise Violation("always", "once")

    failure = ForAll(body).run(st.integers(), 100, 1)
    assert 1 <= failure.failed < failure.runs


def test_what_hangs_is_confirmed_once_and_not_shrunk(monkeypatch):
    monkeypatch.setattr("dapr_conformance.probes.examples.SHRINK_S", 0.01)
    ran = []

    def hangs(case):
        ran.append(case)
        time.sleep(0.02)
        raise Violation("an answer", "none")

    failure = ForAll(hangs).run(st.integers(50, 1000), 100, 1)
    assert (failure.failed, failure.runs) == (2, 2)
    assert len(ran) == 3  # the first, alone, and once more
    assert len(set(ran)) == 1


def test_behind_the_failures_nothing_is_drawn_again():
    drawn, ran = [], []

    def draw(number):
        drawn.append(number)
        return number

    def body(_case):
        ran.append(1)
        if len(ran) == 3:
            raise Violation("always", "once")

    failure = ForAll(body).run(st.integers().map(draw), 10_000, 1)
    assert (failure.failed, failure.runs) == (1, 3)
    assert len(drawn) < 5_000


def test_the_same_seed_draws_the_same_examples():
    def drawn(seed):
        seen = []
        ForAll(seen.append).run(st.text(), 50, seed)
        return seen

    assert drawn(7) == drawn(7) != drawn(8)


def test_ci_does_not_change_what_is_drawn(monkeypatch):
    monkeypatch.setenv("CI", "true")
    seen = []
    ForAll(seen.append).run(st.integers(), 150, 3)
    assert len(seen) == 150


def test_what_is_no_violation_ends_the_run_and_is_not_shrunk():
    calls = []

    def body(case):
        calls.append(case)
        raise Inconclusive("no trigger")

    with pytest.raises(Inconclusive):
        ForAll(body).run(st.integers(), 100, 1)
    assert len(calls) == 1


def test_repeating_runs_exactly_the_given_example():
    assert ForAll(fail_when(lambda n: n == 7)).repeat(7).example == 7
    assert ForAll(fail_when(lambda n: n == 7)).repeat(8) is None


def test_seeds_of_parts_differ_and_stay():
    assert derived_seed(1, "a") == derived_seed(1, "a") != derived_seed(1, "b")
