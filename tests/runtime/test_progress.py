from types import SimpleNamespace

import pytest

from dapr_conformance.runtime import progress


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


@pytest.mark.usefixtures("clock")
def test_a_line_comes_at_each_tenth(said):
    done = 0
    bar = progress.Progress(said.append, lambda: (f"{done} of 200", done // 2))
    for done in range(201):  # noqa: B007 - the closure above reads it
        bar.look()
    assert [line.split()[0] for line in said] == [str(20 * tenth) for tenth in range(1, 11)]
    assert said[-1] == "200 of 200 (100 %), 0 s"


def test_a_line_comes_every_five_seconds_without_news(clock, said):
    bar = progress.steady(said.append, "waiting")
    for _ in range(130):
        clock.seconds += 1
        bar.look()
    assert len(said) == 26
    assert said[0] == "waiting, 5 s"
    assert said[-1] == "waiting, 2 min 10 s"
