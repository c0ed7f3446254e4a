import os
import signal
from pathlib import Path

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import proc
from dapr_conformance.warden.protocol import ProcessSpec

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
IGNORES = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def sh(name, script, **env):
    return ProcessSpec(name, "app", ("/bin/sh", "-c", script), {**os.environ, **env}, "/tmp")


def alive(pid):
    return pid in proc.table()


def first_line(warden, name, until):
    return until(lambda: warden.logs(name))[0].text


def test_an_exit_code(warden):
    state = warden.spawn(sh("exits", "exit 7"))
    assert (state.name, state.role) == ("exits", "app")
    state = warden.wait_process("exits", 10)
    assert (state.running, state.exit_code, state.signal, state.ended_by_us) == (False, 7, None, False)
    assert state.started_ns < state.ended_ns


def test_waiting_for_a_process_that_runs_on(warden):
    warden.spawn(sh("runs-on", "sleep 60"))
    assert warden.wait_process("runs-on", 0.05).running
    warden.stop("runs-on")


def test_who_killed_what(warden, python, until):
    for name in ("outside", "ours", "asked"):
        warden.spawn(python(name, SLEEP))
        first_line(warden, name, until)
    os.kill(warden.process("outside").pid, signal.SIGKILL)
    outside = warden.wait_process("outside", 10)
    assert (outside.signal, outside.exit_code, outside.ended_by_us) == (9, None, False)
    warden.signal("ours", signal.SIGKILL)
    ours = warden.wait_process("ours", 10)
    assert (ours.signal, ours.ended_by_us) == (9, True)
    (asked,) = warden.stop("asked")
    assert (asked.signal, asked.ended_by_us) == (15, True)


def test_a_process_that_exits_by_itself_when_asked_was_ended_by_us(warden, until):
    warden.spawn(sh("polite", "trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done"))
    first_line(warden, "polite", until)
    (state,) = warden.stop("polite")
    assert (state.exit_code, state.ended_by_us) == (3, True)


def test_a_signal_that_does_not_end_is_not_an_end(warden, python, until):
    warden.spawn(python("paused", SLEEP))
    first_line(warden, "paused", until)
    assert warden.signal("paused", signal.SIGSTOP).running
    pid = warden.process("paused").pid
    until(lambda: proc.table()[pid].state == "T")
    os.kill(pid, signal.SIGKILL)
    assert not warden.wait_process("paused", 10).ended_by_us


def test_a_stopped_process_hears_the_stop(warden, python, until):
    warden.spawn(python("frozen", SLEEP))
    first_line(warden, "frozen", until)
    warden.signal("frozen", signal.SIGSTOP)
    assert warden.stop("frozen", grace_s=30)[0].signal == 15


def test_a_process_that_ignores_the_stop_is_killed(warden, python, until):
    warden.spawn(python("deaf", IGNORES))
    first_line(warden, "deaf", until)
    (state,) = warden.stop("deaf", grace_s=0.1)
    assert (state.signal, state.ended_by_us) == (9, True)


def test_several_are_stopped_together(warden, python, until):
    names = [f"deaf{n}" for n in range(4)]
    for name in names:
        warden.spawn(python(name, IGNORES))
        first_line(warden, name, until)
    states = warden.stop(*names, grace_s=0.3)
    assert [state.signal for state in states] == [9] * 4
    ends = [state.ended_ns for state in states]
    assert max(ends) - min(ends) < 0.3e9


@pytest.mark.parametrize(
    "launcher",
    [
        "sleep 60 & echo $!",  # forks and exits
        "sleep 60 & echo $!; wait",  # npm, go run
        "setsid sleep 60 & echo $!; wait",  # leaves the session
        "setsid sleep 60 & echo $!",  # leaves the session and the tree
        "(setsid sh -c 'echo $$; trap \"\" TERM; sleep 60; sleep 60' &) ",  # and is deaf
    ],
)
def test_what_a_launcher_leaves_is_stopped_too(warden, until, launcher):
    name = f"launch{abs(hash(launcher))}"
    warden.spawn(sh(name, launcher))
    pid = int(first_line(warden, name, until))
    assert alive(pid)
    warden.stop(name, grace_s=0.3)
    assert not alive(pid)
    assert proc.descendants(warden.pid, proc.table()) == set()


def test_a_signal_reaches_what_a_launcher_started(warden, until):
    warden.spawn(sh("tree", "sleep 60 & echo $!; wait"))
    pid = int(first_line(warden, "tree", until))
    warden.signal("tree", signal.SIGKILL)
    until(lambda: not alive(pid))


def test_stopping_one_leaves_the_others(warden, python, until):
    for name in ("one", "two"):
        warden.spawn(python(name, SLEEP))
        first_line(warden, name, until)
    warden.stop("one")
    assert warden.process("two").running
    warden.stop("two")
    assert [state.running for state in warden.stop("one", "two")] == [False, False]  # again is fine


@pytest.mark.parametrize(
    ("argv", "cwd", "code", "words"),
    [
        (("no-such-command",), "/tmp", 127, "no-such-command: cannot be started: No such file or directory"),
        (("./sub/app",), "/tmp", 127, "./sub/app: cannot be started: No such file or directory"),
        (("/etc/passwd",), "/tmp", 126, "/etc/passwd: cannot be started: Permission denied"),
        (("sh",), "/nowhere", 127, "sh: cannot be started: its working directory /nowhere does not exist"),
    ],
)
def test_a_command_that_cannot_be_started_has_ended_and_says_why(warden, argv, cwd, code, words):
    state = warden.spawn(ProcessSpec("bad", "app", argv, dict(os.environ), cwd))
    assert (state.running, state.exit_code, state.pid, state.ended_by_us) == (False, code, 0, False)
    assert warden.logs("bad", last=1)[0].text == words
    assert warden.stop("bad")[0].exit_code == code


def test_children_get_a_clean_start(warden):
    code = "echo $DAPR_CONFORMANCE_RUN; umask; ulimit -n; cat; grep SigIgn /proc/self/status; ps -o pgid= $$; echo $$"
    warden.spawn(ProcessSpec("clean", "app", ("/bin/sh", "-c", code), {"PATH": os.environ["PATH"]}, "/"))
    assert warden.wait_process("clean", 10).exit_code == 0
    run, umask, files, ignored, group, pid = [line.text.strip() for line in warden.logs("clean")]
    assert run == f"tests-{os.getpid()}"
    mask = os.umask(0)
    os.umask(mask)
    assert int(umask, 8) == mask
    assert files == os.popen("ulimit -n").read().strip()
    assert int(ignored.split()[1], 16) & (1 << (signal.SIGINT - 1)) == 0
    assert group == pid


def test_names(warden, python):
    with pytest.raises(HarnessError, match=r"'\.\./x' cannot name a process"):
        warden.spawn(python("../x", ""))
    warden.spawn(python("busy", SLEEP))
    with pytest.raises(HarnessError, match="process 'busy' runs already"):
        warden.spawn(python("busy", SLEEP))
    warden.stop("busy")
    with pytest.raises(HarnessError, match="there is no process 'nobody'\nallowed: "):
        warden.process("nobody")


def test_the_marks_are_in_the_environment(warden, python, until):
    warden.spawn(python("marked", SLEEP))
    pid = warden.process("marked").pid
    first_line(warden, "marked", until)
    assert proc.carries(pid, proc.RUN_MARK, f"tests-{os.getpid()}")
    assert pid in proc.marked(f"tests-{os.getpid()}", proc.table())
    assert proc.marked("tests-", proc.table()) == set()
    assert Path(f"/proc/{pid}/cwd").resolve() == Path("/tmp")
    warden.stop("marked")
