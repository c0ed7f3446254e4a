"""Apps with ports in their code: two runs side by side, ports that others have, and a network of the run's own."""

import re
import signal
import socket

import pytest

from dapr_conformance.warden import namespace

REFUSAL = namespace.refusal()
permitted = pytest.mark.skipif(bool(REFUSAL), reason=f"the kernel refuses a network of its own: {REFUSAL}")
ONE_CHECK = ("--dapr-target=notes", "-k", "round_trip and app")
APP = "properties/state/round_trip[app]@embedded"
CALLS_OUT = """
def do_PUT(self, save=Notes.do_PUT):
    try:
        socket.create_connection(("192.0.2.1", 80), 5)
    except OSError:
        return self.answer(503)
    save(self)

Notes.do_PUT = do_PUT
"""


@pytest.fixture
def literal(notes, another_port):
    """Give `notes` with its own and its sidecar's port in its code, and both in the run file."""
    notes.sidecar_port = another_port
    notes.edit("app.py", "{os.environ['DAPR_HTTP_PORT']}", str(notes.sidecar_port))
    notes.edit("app.py", 'int(os.environ["APP_PORT"])', str(notes.port))
    notes.edit("dapr.yaml", "    command:", f"    daprHTTPPort: {notes.sidecar_port}\n    command:")
    return notes


def taken(port):
    return socket.create_server(("127.0.0.1", port))


def test_ports_in_the_code_of_an_app_are_where_it_looks_for_them(literal):
    result = literal.run(*ONE_CHECK, "--dapr-examples=3", "--dapr-isolate=none")
    assert (result.status, result.verdicts) == (0, {APP: "passed"}), result.out
    assert not [note for note in result.results["notes"] if "isolated" in note]


@permitted
def test_two_runs_side_by_side_do_not_meet(literal):
    runs = [literal.start(*ONE_CHECK, "--dapr-examples=30", f"--dapr-report=report-{n}") for n in range(2)]
    pids = [str(run.pid) for run in runs]
    first, second = ends = [literal.end_one(run) for run in runs]
    assert [(end.status, end.verdicts) for end in ends] == [(0, {APP: "passed"})] * 2, first.out + second.out
    told = [note for end in ends for note in end.results["notes"] if note.startswith("isolated")]
    assert len(told) == 1, "one has this machine's loopback, the other a network of its own"
    port = min(literal.port, literal.sidecar_port)
    other = re.fullmatch(
        rf"isolated: port {port} is in use by another run of dapr-conformance, process (\d+) .*", told[0]
    )
    assert other[1] in pids


def test_without_isolation_the_second_run_names_the_first(literal):
    first = literal.start(*ONE_CHECK, "--dapr-examples=5000")  # it is still there when the second one has started
    literal.busy()
    second = literal.start(*ONE_CHECK, "--dapr-isolate=none", "--dapr-report=second")
    ended = literal.end_one(second)
    assert ended.status == 6, ended.out
    row = ended.row("system/")
    assert (row["verdict"], row["attribution"]) == ("blocked", "environment")
    assert f"is in use by another run of dapr-conformance, process {first.pid} (" in row["reason"]
    assert "without --dapr-isolate=none the run gets a network of its own" in row["reason"]
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    assert literal.end(first).status == 2


@permitted
def test_a_killed_run_leaves_nothing_in_its_own_network_but_its_report(literal):
    with taken(literal.port):
        run = literal.start(*ONE_CHECK, "--dapr-examples=5000")
        literal.busy()
        run.send_signal(signal.SIGKILL)
        result = literal.end(run)
    assert literal.folders() == []
    assert result.results["run"]["exit_status"] is None
    assert any(
        note.startswith(f"isolated: port {literal.port} is in use by process ") for note in result.results["notes"]
    )


@permitted
def test_a_failure_is_found_and_repeated_there(literal):
    with taken(literal.sidecar_port):
        found = literal.run(*ONE_CHECK, "--dapr-examples=20", FAULT="lower-cased key").row("round_trip")
        again = literal.run("--dapr-target=notes", f"--dapr-replay={APP}", FAULT="lower-cased key").row("round_trip")
    assert (found["verdict"], found["attribution"]) == ("failed", "app")
    assert (again["verdict"], again["examples"]) == ("failed", 1)


@permitted
def test_an_app_is_not_blamed_for_what_it_misses_there(literal):
    literal.edit("app.py", "\nif __name__", f"\nimport socket\n{CALLS_OUT}\nif __name__")
    with taken(literal.port):
        result = literal.run(*ONE_CHECK, "--dapr-examples=3")
    row = result.row("round_trip")
    assert (result.status, row["verdict"], row["attribution"]) == (6, "blocked", "environment"), result.out
    assert "the app may need what is outside the run's own network" in row["reason"]


@permitted
def test_an_app_that_cannot_start_there_is_not_blamed_either(literal):
    dial = "import socket; socket.create_connection(('192.0.2.1', 80), 5)\n"
    (literal.folder / "app.py").write_text(dial + (literal.folder / "app.py").read_text())
    with taken(literal.port):
        result = literal.run(*ONE_CHECK)
    row = result.row("system/")
    assert (result.status, row["verdict"], row["attribution"]) == (6, "blocked", "environment"), result.out
    assert f"port {literal.port} is in use by process " in row["reason"]
