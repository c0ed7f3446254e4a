from pathlib import Path

import pytest

from dapr_conformance.environment.obituary import write
from dapr_conformance.errors import Location
from dapr_conformance.target.model import App, Component, Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import LogLine, ProcessState

FILE = Path("components/statestore.yaml")
STORE = Component("statestore", "state.redis", "v1", (), (), None, False, Location(FILE, 4), {})
TARGET = Target(App("orders", Path(), location=Location(Path("dapr.yaml"), 3)), "dapr.yaml", components=(STORE,))


def died(role, *, exit_code=None, signal=None, ours=False):
    return ProcessState(role, role, 1, running=False, exit_code=exit_code, signal=signal, ended_by_us=ours, ended_ns=1)


@pytest.mark.parametrize(
    ("state", "words", "culprit"),
    [
        (died("sidecar", signal=9), "", Attribution.ENVIRONMENT),
        (died("app", signal=9), "", Attribution.ENVIRONMENT),
        (died("app", signal=11), "", Attribution.APP),
        (died("app", exit_code=1), "ImportError", Attribution.APP),
        (died("sidecar", exit_code=2), "panic: runtime error", Attribution.RUNTIME),
        (died("sidecar", exit_code=1), "could not listen on any endpoint", Attribution.ENVIRONMENT),
        (died("sidecar", exit_code=1), "something else", Attribution.RUNTIME),
        (died("sidecar", exit_code=1), "error loading configuration: yaml", Attribution.CONFIG),
    ],
)
def test_who_killed_what(state, words, culprit):
    assert write(state, [LogLine(0, "stderr", words)], TARGET).attribution is culprit


def test_a_component_that_fails_at_start_is_named_with_its_file():
    words = "[INIT_COMPONENT_FAILURE]: initialization error occurred for statestore (state.redis/v1): no host"
    found = write(died("sidecar", exit_code=1), [LogLine(0, "stdout", words)], TARGET)
    assert found.attribution is Attribution.CONFIG
    assert found.location == Location(FILE, 4)
    assert "'statestore'" in found.reason


def test_last_words_are_kept():
    lines = [LogLine(0, "stdout", f"line {number}") for number in range(50)]
    assert write(died("app", exit_code=1), lines, TARGET).last_words[-1] == "line 49"
