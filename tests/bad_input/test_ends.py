"""Runs that are ended in the middle: from the keyboard, from outside, or by the death of one of their processes."""

import json
import os
import signal
import time

import pytest

LONG = ("--dapr-target=notes", "-k", "round_trip and app", "--dapr-examples=100000")
REPORT = "dapr-report"


def under_way(repo):
    """Start a run that takes minutes, and wait until a check is busy with the app."""
    process = repo.start(*LONG)
    repo.busy()
    return process


def ended(repo, process):
    result = repo.end(process)
    assert "Traceback" not in result.out
    assert "INTERNALERROR" not in result.out
    assert repo.folders() == []
    assert (result.report / "index.html").exists()
    return result


@pytest.mark.parametrize(("words", "role"), [(("daprd", "--app-id notes"), "sidecar"), (("app.py",), "app")])
def test_a_process_killed_from_outside_is_the_environments_fault(notes, words, role):
    process = under_way(notes)
    os.kill(notes.find(*words), signal.SIGKILL)
    result = ended(notes, process)
    row = result.row(f"system/{role}_runs")
    assert (result.status, row["verdict"], row["attribution"]) == (6, "blocked", "environment")
    assert "SIGKILL, sent from outside" in row["reason"]
    assert result.row("round_trip[app]")["verdict"] == "inconclusive"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_everything_and_reports(notes, signum):
    process = under_way(notes)
    process.send_signal(signum)
    process.send_signal(signum)  # an impatient second one changes nothing
    result = ended(notes, process)
    assert (result.status, result.results["run"]["exit_status"]) == (2, 2)
    assert "interrupted" in result.out


def test_many_interrupts_end_a_run_as_one_does(notes):
    process = under_way(notes)
    for _ in range(40):  # some of them arrive while the first one unwinds the stack
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    result = ended(notes, process)
    assert (result.status, result.results["run"]["exit_status"]) == (2, 2)


def test_ctrl_c_at_the_terminal_reaches_the_whole_group(notes):
    process = under_way(notes)
    os.killpg(process.pid, signal.SIGINT)
    assert ended(notes, process).status == 2


@pytest.mark.parametrize("moment", ["warden", "daprd", "busy"])
def test_a_killed_pytest_leaves_nothing_but_a_report(notes, moment):
    process = notes.start(*LONG)
    if moment == "busy":
        notes.busy()
    else:
        notes.find(*{"warden": ("dapr_conformance.warden",), "daprd": ("daprd", "--app-id")}[moment])
    process.kill()
    result = ended(notes, process)
    assert result.results["run"]["exit_status"] is None
    assert result.results["target"]["app_id"] == "notes"


def test_verdicts_that_were_there_survive_the_kill(notes):
    process = notes.start("--dapr-target=notes", "-k", "round_trip", "--dapr-examples=60")
    notes.busy()  # the app's check comes after the sidecar's
    process.kill()
    result = ended(notes, process)
    assert result.row("round_trip[sidecar]")["verdict"] == "passed"
    assert "pytest died before the end" in result.results["notes"]


def test_a_killed_warden_is_the_harness_own_fault(notes):
    process = under_way(notes)
    os.kill(notes.find("dapr_conformance.warden"), signal.SIGKILL)
    result = notes.end(process)
    assert (result.status, result.results["run"]["exit_status"]) == (3, 3)
    assert result.row("round_trip[app]")["harness_fault"] is True
    assert "warden" in result.out
    assert "INTERNALERROR" not in result.out
    assert notes.folders() == []


def test_a_stale_report_is_never_taken_for_that_of_a_killed_run(notes):
    first = notes.run("--dapr-target=notes", "-k", "round_trip and app", "--dapr-examples=3")
    (notes.folder / "busy").unlink()
    process = under_way(notes)
    process.kill()
    ended(notes, process)
    second = json.loads((notes.folder / REPORT / "results.json").read_text())
    assert second["run"]["id"] != first.results["run"]["id"]
