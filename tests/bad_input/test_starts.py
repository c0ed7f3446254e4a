"""Apps and sidecars that do not start: one row of vantage `system` says who is to blame, with file and line."""

import socket

import pytest

ENTRY = 'command: ["python", "app.py"]'
CRON = """\
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: nightly
spec:
  type: bindings.cron
  version: v1
  metadata:
    - name: schedule
      value: every other night
"""


def judged(repo, *args, **env):
    """Run the one check that needs the app, and check what every failed start must have."""
    result = repo.run("--dapr-target=notes", "-k", "round_trip and app", "--dapr-examples=3", *args, **env)
    assert "Traceback" not in result.out
    assert "INTERNALERROR" not in result.out
    assert result.results["run"]["exit_status"] == result.status
    assert repo.folders() == []
    return result


def gone(result, attribution):
    assert result.row("properties/state/round_trip[app]")["verdict"] == "inconclusive"
    row = result.row("system/")
    assert row["attribution"] == attribution
    assert row["reason"].splitlines()[0] in result.out
    return row


def test_an_app_that_exits_at_once(notes):
    notes.edit("dapr.yaml", ENTRY, """command: ["python", "-c", "print('no licence'); raise SystemExit(3)"]""")
    result = judged(notes)
    row = gone(result, "app")
    assert (result.status, row["verdict"], row["reason"]) == (1, "failed", "the app exited with status 3 by itself")
    assert row["location"] == {"file": str(notes.folder / "dapr.yaml"), "line": 3}
    assert "no licence" in result.out


def test_an_app_that_looks_for_its_sidecar_on_the_default_port(notes):
    words = "Error: connect ECONNREFUSED 127.0.0.1:3500"
    notes.edit("dapr.yaml", ENTRY, f"""command: ["python", "-c", "raise SystemExit('{words}')"]""")
    row = gone(judged(notes), "app")
    assert "declare `daprHTTPPort: 3500` for it in the run file" in row["reason"]


def test_an_app_whose_command_does_not_exist(notes):
    notes.edit("dapr.yaml", ENTRY, 'command: ["pithon", "app.py"]')
    result = judged(notes)
    row = gone(result, "app")
    assert (result.status, row["verdict"]) == (1, "failed")
    assert row["reason"] == "the app's command 'pithon' cannot be started: No such file or directory"


def test_an_app_that_never_listens(notes):
    notes.edit("dapr.yaml", ENTRY, 'command: ["sleep", "600"]')
    result = judged(notes, DAPR_CONFORMANCE_LISTEN_S="1.5")
    row = gone(result, "app")
    assert (result.status, row["verdict"]) == (1, "failed")
    assert f"did not listen on port {notes.port}, its appPort, within 1.5 s" in row["reason"]


def test_an_app_that_listens_on_another_port(notes, another_port):
    notes.edit("app.py", 'int(os.environ["APP_PORT"])', str(another_port))
    result = judged(notes, DAPR_CONFORMANCE_LISTEN_S="3")
    row = gone(result, "config")
    assert (result.status, row["verdict"]) == (1, "failed")
    assert row["reason"] == (
        f"the app 'notes' was said to listen on port {notes.port} but listens on {another_port}: "
        f"set appPort: {another_port}"
    )
    assert row["location"] == {"file": str(notes.folder / "dapr.yaml"), "line": 5}


def test_an_app_where_the_sidecar_does_not_call_it(notes):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    six = "class Six(ThreadingHTTPServer):\n    address_family = 10\n\n\nSix"
    notes.edit("app.py", 'ThreadingHTTPServer(("127.0.0.1"', f'{six}(("::1"')
    result = judged(notes, DAPR_CONFORMANCE_LISTEN_S="3")
    row = gone(result, "app")
    assert (result.status, row["verdict"]) == (1, "failed")
    assert f"listens on port {notes.port} at ::1 only, but the sidecar calls 127.0.0.1" in row["reason"]


def test_a_component_that_ends_daprd_is_named_with_its_file(notes):
    file = notes.write("components/cron.yaml", CRON)
    result = judged(notes)
    row = gone(result, "config")
    assert (result.status, row["verdict"], row["location"]) == (1, "failed", {"file": str(file), "line": 6})
    assert "'nightly' (bindings.cron)" in row["reason"]
    assert "every other night" in row["actual"]


def test_two_actor_state_stores_are_both_named(notes):
    file = notes.folder / "components" / "statestore.yaml"
    store = file.read_text() + '    - name: actorStateStore\n      value: "true"\n'
    file.write_text(store)
    second = notes.write("components/second.yaml", store.replace("name: statestore", "name: second"))
    result = judged(notes)
    row = gone(result, "config")
    assert (result.status, row["verdict"]) == (1, "failed")
    assert f"'second' ({second}:6)" in row["reason"]
    assert f"'statestore' ({file}:6)" in row["reason"]


def test_a_component_of_an_unknown_type_fails_beside_what_its_stand_in_shows(notes):
    notes.edit("components/statestore.yaml", "state.redis", "state.reddis")
    result = judged(notes)
    row = result.row("lint/")
    assert (result.status, row["verdict"], row["attribution"]) == (1, "failed", "config")
    assert row["location"]["file"] == str(notes.folder / "components" / "statestore.yaml")
    assert "state.redis" in row["expected"]
    assert result.row("round_trip[app]")["verdict"] == "passed"


def test_an_app_port_in_use_is_blocked_and_names_the_process(notes):
    with socket.create_server(("127.0.0.1", notes.port)):
        result = judged(notes, "--dapr-isolate=none")
    row = gone(result, "environment")
    assert (result.status, row["verdict"]) == (6, "blocked")
    assert f"port {notes.port}, which the app 'notes' listens on, is in use by process" in row["reason"]
    assert "next step: end process" in row["reason"]
