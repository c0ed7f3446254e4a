"""A worker joins the warden of another process; when it is gone, what it started is ended."""

import signal
import socket
import subprocess
import sys

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import INBOUND, RecorderSpec

WORKER = """
import os, sys, time
from pathlib import Path
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import INBOUND, ProcessSpec, RecorderSpec

warden = Warden.join(Path(sys.argv[1]), "a-run", "gw0-")
warden.spawn(ProcessSpec("gw0-app", "app", ("/bin/sleep", "600"), dict(os.environ), "/"))
listen, upstream = warden.reserve_ports(2)
warden.open_recorder(RecorderSpec("gw0-inbound", INBOUND, listen, upstream))
print(listen, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ("a folder with a long name " * 5)


@pytest.fixture
def running(folder):
    folder.mkdir()
    warden = Warden.launch(folder, "a-run")
    yield warden
    warden.close()


def test_what_a_killed_worker_started_is_ended_and_nothing_else(running, folder, python):
    running.spawn(python("app", "import time; time.sleep(600)"))
    worker = subprocess.Popen([sys.executable, "-c", WORKER, folder], stdout=subprocess.PIPE, text=True)
    port = int(worker.stdout.readline())
    assert running.process("gw0-app").running
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    state = running.wait_process("gw0-app", 10.0)
    assert (state.running, state.ended_by_us) == (False, True)
    assert running.process("app").running
    again = RecorderSpec("gw0-inbound", INBOUND, port, port + 1)
    running.open_recorder(again)  # neither its name nor its port is in use
    with socket.create_connection(("127.0.0.1", port)):
        pass


def test_nobody_to_join_is_the_harness_own_fault(tmp_path):
    with pytest.raises(HarnessError, match="cannot be joined"):
        Warden.join(tmp_path, "a-run", "gw0-")
