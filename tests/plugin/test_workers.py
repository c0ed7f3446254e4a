"""pytest-xdist: the same verdicts, one report, and nothing left when a worker dies."""

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

SIDECAR = "properties/state/round_trip[sidecar]@embedded"
APP = "properties/state/round_trip[app]@embedded"
BOTH = ("--dapr-target=notes", "-k", "round_trip or own", "-n", "2", "--dapr-examples=5")
OWN = """
def test_own_wire(dapr_wire, dapr_sidecar):
    mark = dapr_wire.inbound.mark()
    dapr_sidecar.call("PUT", "/v1.0/invoke/notes/method/notes/a", body=b'{"text": "hello"}')
    assert [e.target for e in dapr_wire.inbound.exchanges(since=mark)] == ["/notes/a"]


def test_own_failure():
    assert 1 == 2
"""


def test_workers_give_the_same_verdicts_and_one_report(notes, tmp_path):
    junit = tmp_path / "junit.xml"
    result = notes.run(*BOTH, "--dapr-seed=7", f"--junit-xml={junit}")
    assert result.status == 0, result.out
    assert (result.verdicts[SIDECAR], result.verdicts[APP]) == ("passed", "passed")
    assert result.results["run"]["seed"] == 7
    assert result.out.count("report: ") == 1
    assert {case.get("name") for case in ET.parse(junit).iter("testcase")} == {SIDECAR, APP}
    assert notes.folders() == []


def installed_properties(repo):
    """Give the folder of the bundled checks as a run in the repo has them: of the wheel, if that is installed."""
    code = "from dapr_conformance import bundle; print(bundle.folder('properties'))"
    return subprocess.check_output([sys.executable, "-c", code], cwd=repo.folder, text=True).strip()


def test_a_users_own_tests_run_beside_the_checks(notes):
    notes.write("test_own.py", OWN)
    result = notes.run(*BOTH, installed_properties(notes), "test_own.py")
    assert result.status == 1, result.out
    assert "::test_own_failure" in result.out
    assert (result.verdicts[SIDECAR], result.verdicts[APP]) == ("passed", "passed")


def test_a_failed_check_is_told_once_with_its_own_id(notes):
    notes.edit("app.py", "self.answer(201 if", "self.answer(500 if")
    result = notes.run(*BOTH)
    assert result.status == 1, result.out
    assert (result.row("[app]")["verdict"], result.row("[app]")["attribution"]) == ("failed", "app")
    assert f"FAILED {APP}" in result.out


def test_a_distribution_without_workers_is_an_ordinary_run(notes):
    result = notes.run(*BOTH[:3], "--dist=loadfile", "--dapr-examples=5")
    assert (result.status, result.verdicts[APP]) == (0, "passed"), result.out


def test_what_failed_last_may_run_in_workers_too(notes):
    notes.write("test_own.py", OWN)
    notes.run("--dapr-target=notes", "test_own.py")
    result = notes.run("--dapr-target=notes", "--lf", "-n1", "test_own.py")
    assert result.status == 1, result.out
    assert "1 failed in" in result.out


def test_stopping_at_the_first_failure_is_no_interruption(notes):
    notes.edit("app.py", "self.answer(201 if", "self.answer(500 if")
    assert notes.run(*BOTH, "-x").status == 1


def test_a_killed_worker_is_the_harness_own_fault_and_leaves_nothing(notes):
    process = notes.start("--dapr-target=notes", "-k", "round_trip and app", "-n1", "--dapr-examples=300")
    notes.busy()
    os.kill(notes.find("sys.stdin.readline"), signal.SIGKILL)
    result = notes.end(process)
    assert result.status == 3, result.out
    assert "crashed while running" in result.out
    assert result.row("[app]")["verdict"] == "passed"  # xdist gives the check to another worker
    assert notes.folders() == []


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 2), (signal.SIGKILL, None)])
def test_a_run_that_is_ended_leaves_nothing_but_a_report(notes, signum, status):
    process = notes.start(*BOTH[:-1], "--dapr-examples=100000")
    notes.busy()
    process.send_signal(signum)
    result = notes.end(process)
    assert result.results["run"]["exit_status"] == status
    assert (notes.folders(), "INTERNALERROR" in result.out) == ([], False)
