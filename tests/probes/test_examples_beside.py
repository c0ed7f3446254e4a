import contextlib
import threading

import pytest
from hypothesis import strategies as st

from dapr_conformance.probes import examples
from dapr_conformance.probes.examples import ForAll
from dapr_conformance.probes.outcome import Inconclusive, Violation


def test_cases_run_beside_one_another_and_each_counts():
    together = threading.Barrier(10, timeout=10)
    run = ForAll(lambda _: together.wait())
    assert run.run(st.integers(), 100, 1, 10) is None
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
    failure = run.run(st.integers(), 200, 1, 8)
    assert (failure.example, failure.failed, failure.runs) == (1001, 3, 3)


def test_cases_that_held_are_not_run_again():
    ran = []

    def body(case):
        ran.append(case)
        if case > 1000:
            raise Violation("small", repr(case))

    ForAll(body).run(st.integers(), 200, 1)
    held = ran[: next(number for number, case in enumerate(ran) if case > 1000)]
    behind = ran[len(held) :]
    assert all(behind.count(case) <= 1 for case in set(held))  # shrinking may come across one


def test_a_case_that_fails_only_in_company_is_flaky():
    first = threading.Event()

    def body(_case):
        if not first.is_set():
            first.set()
            raise Violation("always", "once")

    failure = ForAll(body).run(st.integers(), 50, 1, 4)
    assert (failure.failed, failure.runs) == (1, 3)


def test_what_is_no_violation_is_raised():
    def body(_case):
        raise Inconclusive("no trigger")

    with pytest.raises(Inconclusive):
        ForAll(body).run(st.integers(), 50, 1, 4)


def test_nothing_more_runs_after_a_failure_or_an_error():
    for error in (Violation("none", "one"), Inconclusive("no trigger")):
        ran = []

        def body(case, ran=ran, error=error):
            ran.append(case)
            if len(ran) == 5:
                raise error

        run = ForAll(body)
        with contextlib.suppress(Inconclusive):
            run.run(st.integers(), 50, 1)
        assert run.count == 5


def test_cases_run_in_the_order_in_which_they_are_drawn():
    one, two = [], []
    ForAll(one.append).run(st.text(), 50, 7)
    ForAll(two.append).run(st.text(), 50, 7)
    assert one == two


def test_a_failure_is_not_hidden_by_a_neighbour_that_could_not_look():
    together = threading.Barrier(2, timeout=10)
    first = threading.Lock()

    def body(case):
        alone = not first.acquire(blocking=False)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait()
        together.abort()
        if alone or case > 1000:
            raise Violation("small", repr(case))
        raise Inconclusive("the app was gone")

    failure = ForAll(body).run(st.integers(), 50, 1, 2)
    assert failure is not None


def test_an_interrupt_does_not_wait_for_a_body_that_hangs(monkeypatch):
    hanging, released = threading.Event(), threading.Event()

    def body(_case):
        hanging.set()
        released.wait(30)

    def interrupted(_futures):
        assert hanging.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(examples, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ForAll(body).run(st.integers(), 5, 1)
    assert not released.is_set()
    released.set()
