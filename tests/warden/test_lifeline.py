"""However pytest ends, nothing of the run is left, and its report is written."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dapr_conformance.warden import proc

ROOT = Path(__file__).resolve().parents[2]

PYTEST = r"""
import os, sys, time
from pathlib import Path
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import INBOUND, ProcessSpec, RecorderSpec

run, run_id, end = sys.argv[1:]
warden = Warden.launch(Path(run), run_id)

def sh(name, script):
    warden.spawn(ProcessSpec(name, "app", ("/bin/sh", "-c", script), dict(os.environ), "/"))

sh("plain", "sleep 600")
sh("deaf", "trap '' TERM HUP INT; sleep 600; sleep 600")
sh("session", "setsid sleep 600 & wait")
sh("orphan", "setsid sleep 600 &")
sh("daemon", "(setsid sh -c 'trap \"\" TERM; sleep 600; sleep 600' &) ")
sh("unmarked", "env -i /bin/setsid -f /bin/sleep 600 || env -i /usr/bin/setsid -f /bin/sleep 600")
sh("forks", "while :; do sleep 600 & sleep 0.05; done")
one, two = warden.reserve_ports(2)
warden.open_recorder(RecorderSpec("in", INBOUND, one, two))
warden.header({"run": {"id": run_id, "seed": 7}, "target": {"app_id": "orders"}, "environments": []})
warden.header({"secrets": ["s3cret"], "folder": run + "/report"})
warden.append({"id": "properties/state/round_trip[app]@embedded", "verdict": "passed", "reason": "s3cret"})
warden.append({"id": "later[app]", "verdict": "unsupported", "reason": "not declared", "enable": "state: x"})
if os.fork() == 0:  # a fork that keeps the lifeline open
    time.sleep(600)
while len(warden.logs("forks")) + warden.last_exchange_id("in") > 0:
    pass
print(warden.pid, flush=True)
if end == "finish":
    warden.finish()
    os._exit(0)
if end == "close":
    warden.close()
    os._exit(0)
time.sleep(600)
"""


@pytest.fixture
def run(tmp_path, request):
    """Start such a pytest: run(end) gives (process, warden's pid, run id); its fork is ended afterwards."""
    started = []

    def start(end):
        run_id = f"lifeline-{os.getpid()}-{len(started)}-{request.node.name}"
        process = subprocess.Popen(
            [sys.executable, "-c", PYTEST, str(tmp_path / "run"), run_id, end],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process, int(process.stdout.readline()), run_id

    yield start
    for process in started:
        members = [entry.pid for entry in proc.table().values() if entry.session == process.pid]
        for pid in members:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def sleepers(warden_pid, run_id):
    entries = proc.table()
    return proc.marked(run_id, entries) | proc.descendants(warden_pid, entries)


def ended(warden_pid, run_id, below):
    entries = proc.table()
    return warden_pid not in entries and not proc.marked(run_id, entries) and not below & set(entries)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_pytest_leaves_nothing_but_a_report(run, until, tmp_path, signum):
    process, warden_pid, run_id = run("wait")
    below = sleepers(warden_pid, run_id)
    assert len(below) >= 8
    process.send_signal(signum)
    process.wait()
    until(lambda: ended(warden_pid, run_id, below))
    rows = (tmp_path / "run" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(row)["verdict"] for row in rows] == ["passed", "unsupported"]
    pytest.importorskip("dapr_conformance.reporting")
    written = (tmp_path / "run" / "report" / "results.json").read_text()
    results = json.loads(written)
    assert (results["run"]["exit_status"], results["run"]["seed"]) == (None, 7)
    assert results["notes"] == ["pytest died before the end"]
    assert [check["id"] for check in results["checks"]] == ["properties/state/round_trip[app]@embedded", "later[app]"]
    assert results["not_tested"] == [{"id": "later[app]", "reason": "not declared", "enable": "state: x"}]
    assert "s3cret" not in written


@pytest.mark.parametrize("end", ["finish", "close"])
def test_a_run_that_came_to_its_end_writes_its_own_report(run, until, tmp_path, end):
    process, warden_pid, run_id = run(end)
    process.wait()
    until(lambda: ended(warden_pid, run_id, set()))
    assert not (tmp_path / "run" / "report").exists()


def test_ctrl_c_is_pytests_own_affair(run, until):
    process, warden_pid, run_id = run("wait")
    for signum in (signal.SIGINT, signal.SIGHUP):
        os.kill(warden_pid, signum)
    os.kill(warden_pid, signal.SIGTERM)  # delivered after them
    until(lambda: ended(warden_pid, run_id, set()))
    assert process.poll() is None


def test_the_warden_has_a_session_of_its_own(warden):
    assert os.getsid(warden.pid) == warden.pid
