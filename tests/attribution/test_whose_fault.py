"""Six planted faults in a copy of examples/orders, each judged by a real run: the culprit must be named."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest


@pytest.fixture
def orders(copied, edit):
    folder = copied("orders")
    with socket.create_server(("127.0.0.1", 0)) as free:  # in use, its port would bring a network of the run's own
        edit(folder / "dapr.yaml", "8000", str(free.getsockname()[1]))
    return folder


LATE = """    import threading
    threading.Thread(target=_record, args=("payments", Payment, body)).start()
    return {"status": "SUCCESS"}"""


def test_a_misspelt_dead_letter_topic_is_the_configs(orders, edit, judge, failed, only_culprit):
    edit(
        orders / "components" / "subscription.yaml", "deadLetterTopic: shipments.dead", "deadLetterTopic: shipment.dead"
    )
    status, rows, output = judge(orders, "-k", "dead_letter and app")
    assert (status, only_culprit(rows)) == (1, {"config"}), output
    assert failed(rows)[0]["location"]["file"].endswith("subscription.yaml")


def test_a_dead_letter_topic_that_may_not_be_published_to_is_the_configs(orders, edit, judge, failed, only_culprit):
    edit(
        orders / "components" / "pubsub.yaml",
        "payments.dead,shipments,shipments.dead;billing",
        "payments.dead,shipments;billing",
    )
    status, rows, output = judge(orders, "-k", "dead_letter and app")
    assert (status, only_culprit(rows)) == (1, {"config"}), output
    assert failed(rows)[0]["location"]["file"].endswith("pubsub.yaml")


def test_a_component_scoped_to_others_is_the_configs(orders, edit, judge, only_culprit):
    edit(orders / "components" / "statestore.yaml", "- orders", "- billing")
    status, rows, output = judge(orders, "-k", "round_trip and app")
    assert (status, only_culprit(rows)) == (1, {"config"}), output


def test_a_component_of_an_unknown_type_is_the_configs(orders, edit, judge, failed, only_culprit):
    edit(orders / "components" / "statestore.yaml", "type: state.redis", "type: state.reddis")
    status, rows, output = judge(orders, "-k", "round_trip and sidecar")
    assert (status, only_culprit(rows)) == (1, {"config"}), output
    found = failed(rows)[0]
    assert found["location"]["file"].endswith("statestore.yaml")
    assert "state.redis" in found["expected"]


def test_a_handler_that_acknowledges_before_it_saves_is_the_apps(orders, edit, judge, only_culprit):
    saved = '    return _answer("payments", _record("payments", Payment, body))'
    edit(orders / "app" / "events.py", saved, LATE)
    status, rows, output = judge(orders, "-k", "answers and app")
    assert (status, only_culprit(rows)) == (1, {"app"}), output


def test_a_sidecar_that_is_killed_from_outside_is_the_environments(orders, judge, failed, only_culprit):
    run = subprocess.Popen(
        **judge.process(orders, "-k", "round_trip and app", "--dapr-examples=3000"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        os.kill(sidecar_below(run.pid), signal.SIGKILL)
        output, _ = run.communicate(timeout=120)
    finally:
        run.terminate()
    rows = json.loads((orders / "dapr-report" / "results.json").read_text(encoding="utf-8"))["checks"]
    assert (run.returncode, only_culprit(rows)) == (6, {"environment"}), output
    assert failed(rows)[0]["verdict"] == "blocked"


def sidecar_below(pid, timeout_s=60):
    """Wait until a daprd that belongs to this run serves its app, and give its pid."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            argv = arguments_of(process)
            if argv and argv[0].endswith("/daprd") and pid in ancestors(process) and is_ready(argv):
                return int(process.name)
        time.sleep(0.05)
    raise AssertionError("no sidecar came up")


def arguments_of(process):
    try:
        return (process / "cmdline").read_text(encoding="utf-8").split("\0")
    except OSError:
        return []


def ancestors(process):
    found, pid = set(), int(process.name)
    while pid > 1:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return found
        pid = int(stat.rpartition(")")[2].split()[1])
        found.add(pid)
    return found


def is_ready(argv):
    port = argv[argv.index("--dapr-http-port") + 1]
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v1.0/healthz", timeout=2).status_code == 204
    except httpx.HTTPError:
        return False
