import os
import signal
import subprocess
import sys

from dapr_conformance.warden import proc
from dapr_conformance.warden.subreaper import set_subreaper
from dapr_conformance.warden.survivors import become_subreaper, end_marked


def test_what_a_killed_warden_leaves_is_inherited_and_ended(own_warden, until):
    spec_env = dict(os.environ)
    from dapr_conformance.warden.protocol import ProcessSpec

    with become_subreaper():
        scripts = ["trap '' TERM; sleep 600; sleep 600", "setsid sleep 600 &", "setsid sleep 600 & wait"]
        for n, script in enumerate(scripts):
            own_warden.spawn(ProcessSpec(f"s{n}", "app", ("/bin/sh", "-c", script), spec_env, "/"))
        below = until(lambda: _at_least(proc.descendants(own_warden.pid, proc.table()), 5))
        os.kill(own_warden.pid, signal.SIGKILL)
        until(lambda: not own_warden.alive)
        assert all(proc.table()[pid].parent != own_warden.pid for pid in below)
        ended = end_marked(own_warden._run_id)
        assert sum("sleep 600" in command for command in ended) >= 3
        until(lambda: not below & set(proc.table()))
    assert end_marked(own_warden._run_id) == []


def _at_least(pids, count):
    return pids if len(pids) >= count else None


def test_only_exactly_this_run_is_ended():
    other = subprocess.Popen(["sleep", "60"], env={**os.environ, proc.RUN_MARK: "run-12"})
    try:
        assert end_marked("run-1") == []
        assert other.poll() is None
        assert end_marked("run-12") == ["sleep 60"]
    finally:
        other.kill()
        other.wait()


def test_being_a_subreaper_ends_with_the_context():
    code = (
        "from dapr_conformance.warden.survivors import become_subreaper as b\n"
        "from dapr_conformance.warden.subreaper import set_subreaper as s\n"
        "with b(): assert s(True) is True\n"
        "assert s(False) is False"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    before = set_subreaper(True)
    assert set_subreaper(before) is True
