"""Other processes' wish for the processors is told from the kernel's own files."""

import os

import pytest

from dapr_conformance.probes.machine import waiting_for_others


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "stat").write_text("cpu 1 2 3\nprocs_running 9\nprocs_blocked 0\n")
    for pid, states in {"5": "RSR", "6": "S"}.items():
        for number, state in enumerate(states):
            task = tmp_path / pid / "task" / str(number)
            task.mkdir(parents=True)
            (task / "stat").write_text(f"{number} (a) b R) {state} 1 2 3")
    return tmp_path


def test_own_threads_do_not_count(proc):
    cpus = os.cpu_count()
    assert waiting_for_others([], proc) == 9 / cpus
    assert waiting_for_others([5, 6], proc) == 7 / cpus
    assert waiting_for_others([5, 6, 7], proc) == 7 / cpus


def test_this_machine_tells():
    assert waiting_for_others([os.getpid()]) >= 0
