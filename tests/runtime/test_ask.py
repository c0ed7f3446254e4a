import time
from pathlib import Path

from dapr_conformance.runtime.ask import Answer, ask


def test_both_outputs_and_the_exit_code_are_told():
    assert ask(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], 20) == Answer(3, "out", "err")


def test_the_environment_can_be_given():
    assert ask(["/bin/sh", "-c", "echo $A"], 20, {"A": "b"}).out == "b"


def test_what_cannot_be_started_says_nothing(tmp_path):
    assert ask([tmp_path / "none"], 20) is None


def test_what_does_not_end_in_time_says_nothing_and_leaves_nothing(tmp_path, ended):
    file = tmp_path / "pids"
    began = time.monotonic()
    assert ask(["/bin/sh", "-c", f"sleep 60 & echo $! $$ > {file}; wait"], 0.5) is None
    assert time.monotonic() - began < 20
    ended(*map(int, Path(file).read_text(encoding="ascii").split()))


def test_it_reads_nothing_from_the_terminal():
    assert ask(["/bin/sh", "-c", "read -r line; echo read $?"], 20).out == "read 1"
