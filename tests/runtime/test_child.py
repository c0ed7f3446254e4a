import os

import pytest

from dapr_conformance.runtime import child


def run(tmp_path, script, look=lambda _: None, **more):
    return child.run(["/bin/sh", "-c", script], env=os.environ, cwd=tmp_path, log=tmp_path / "log", look=look, **more)


def test_lines_of_both_streams_are_seen_and_logged(tmp_path, said):
    finished = run(tmp_path, "echo out; echo err >&2; printf 'no newline'; exit 3", said.append)
    assert finished == child.Finished(3, ("out", "err", "no newline"))
    assert [line for line in said if line] == ["out", "err", "no newline"]
    assert (tmp_path / "log").read_text().splitlines()[-3:] == ["out", "err", "no newline"]


def test_standard_output_goes_to_a_file_if_one_is_given(tmp_path):
    finished = run(tmp_path, "echo out; echo err >&2", stdout=tmp_path / "out")
    assert finished.last_lines == ("err",)
    assert (tmp_path / "out").read_text() == "out\n"


def test_a_program_that_does_not_exist_is_a_failed_one(tmp_path):
    finished = child.run(["/no/such"], env=os.environ, cwd=tmp_path, log=tmp_path / "log", look=lambda _: None)
    assert finished.exit_code == 127


def test_only_the_last_lines_are_kept(tmp_path):
    assert run(tmp_path, "seq 1 100").last_lines == tuple(str(number) for number in range(89, 101))


def test_bytes_that_are_no_text_do_no_harm(tmp_path):
    assert run(tmp_path, r"printf '\377\n'").last_lines == ("�",)


def test_an_interrupt_ends_the_child_and_its_children(tmp_path, ended):
    pids = []

    def interrupt(line):
        pids.append(int(line))
        if len(pids) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "echo $$; sleep 60 & echo $!; wait", interrupt)
    ended(*pids)


def test_a_child_that_ignores_signals_ends_too(tmp_path, ended):
    pids = []

    def interrupt(line):
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "trap '' TERM INT HUP; echo $$; while :; do sleep 60; done", interrupt)
    ended(*pids)
