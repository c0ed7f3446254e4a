import itertools
import json
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.channel import Channel, WardenGoneError
from dapr_conformance.warden.client import Warden


def test_a_dead_warden_is_told_with_its_last_words(own_warden):
    errors = []

    def wait():
        with pytest.raises(HarnessError) as raised:
            own_warden.wait_listener(1, 60)
        errors.append(raised.value)

    thread = threading.Thread(target=wait)
    thread.start()
    own_warden.reserve_ports(1)
    os.kill(own_warden.pid, signal.SIGKILL)
    thread.join()
    assert "the warden is dead without a word (killed?)" in str(errors[0])
    with pytest.raises(HarnessError, match="the warden is dead"):
        own_warden.reserve_ports(1)
    assert not own_warden.alive
    own_warden.close()


def test_a_warden_that_cannot_start_says_why(tmp_path, monkeypatch):
    # Neither a checkout nor site-packages (-S) holds the package for this one.
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    monkeypatch.setattr("dapr_conformance.warden.launch._ROOT", Path("/"))
    with pytest.raises(HarnessError, match=r"(?s)the warden is dead; it said last:.*No module named"):
        Warden.launch(tmp_path, "x")


def test_pytests_environment_stays_pytests(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    running = Warden.launch(tmp_path / "with a space and ümlaut", "env")
    environ = Path(f"/proc/{running.pid}/environ").read_bytes()
    assert b"PYTEST_ADDOPTS" not in environ
    assert b"/nowhere" not in environ
    running.close()
    running.close()


def test_many_threads_ask_at_once(warden):
    ports = []
    threads = [threading.Thread(target=lambda: ports.extend(warden.reserve_ports(3))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ports)) == 60


def in_a_thread(ask):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def test_a_threads_late_answer_is_not_the_next_ones(warden):
    def ask():
        with pytest.raises(HarnessError, match=r"did not answer 'wait_listener' within 0\.05 s"):
            warden._channel.ask("wait_listener", {"port": 1, "timeout_s": 0.2, "unless_dead": None}, 0.05)
        return [warden.reserve_ports(2) for _ in range(2)]

    assert len(set(itertools.chain(*in_a_thread(ask)))) == 4


def test_a_thread_keeps_its_connection_and_takes_it_along(own_warden):
    def ask():
        return [len(open_files(own_warden.pid)) for _ in range(3) if not own_warden.reserve_ports(0)]

    before = len(open_files(own_warden.pid))
    assert in_a_thread(ask) == [before + 1] * 3
    deadline = time.monotonic() + 10
    while len(open_files(own_warden.pid)) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(open_files(own_warden.pid)) == before


def open_files(pid):
    return list(Path(f"/proc/{pid}/fd").iterdir())


def test_a_folder_of_no_further_use_goes_with_the_warden(tmp_path):
    running = Warden.launch(tmp_path / "run", "temporary", temporary=True)
    running.close()
    assert not (tmp_path / "run").exists()


def test_a_warden_that_a_signal_ends_leaves_its_folder_to_pytest(tmp_path):
    running = Warden.launch(tmp_path / "run", "signalled", temporary=True)
    os.kill(running.pid, signal.SIGTERM)
    with pytest.raises(HarnessError, match="told to end by a signal"):
        raise running.obituary()
    assert (tmp_path / "run" / "warden.sock").exists()
    running.close()


def test_half_an_answer_is_a_dead_warden(tmp_path):
    (shared, _kept), (own, theirs) = socket.socketpair(), socket.socketpair()
    theirs.sendall(b'{"id": 1, "res')
    theirs.close()
    channel = Channel(shared, tmp_path / "none.log", lambda: own)
    with pytest.raises(WardenGoneError):
        in_a_thread(lambda: channel.ask("isolation", {}, 10))
    channel.leave()


def test_who_left_asks_no_more(own_warden):
    def ask():
        own_warden.reserve_ports(1)
        own_warden.leave()
        with pytest.raises(HarnessError, match="the warden is dead"):
            own_warden.reserve_ports(1)

    in_a_thread(ask)


def test_others_may_join_by_the_socket(own_warden, tmp_path):
    made = socket.socket(socket.AF_UNIX)
    made.connect(str(tmp_path / "run" / "warden.sock"))
    lines = made.makefile("rwb")
    lines.write(b'{"prefix": "gw0-"}\n{"id": 5, "op": "reserve_ports", "args": {"count": 2}}\n')
    lines.write(b'{"id": 6, "op": "nonsense", "args": {}}\n')
    lines.flush()
    answers = [json.loads(lines.readline()) for _ in range(2)]
    assert len(answers[0]["result"]) == 2
    assert answers[1]["error"]["problem"] == "the warden cannot 'nonsense'"
    assert (tmp_path / "run" / "warden.sock").stat().st_mode & 0o077 == 0
    lines.write(b"this is no JSON\n")
    lines.flush()
    assert own_warden.reserve_ports(1)
    made.close()


def test_a_long_folder(tmp_path):
    running = Warden.launch(tmp_path / ("x" * 100) / ("y" * 100), "long")
    assert running.alive
    running.close()
    assert not running.alive


def test_it_is_small_and_quick(own_warden):
    status = Path(f"/proc/{own_warden.pid}/status").read_text()
    resident_kb = int(status.split("VmRSS:")[1].split()[0])
    assert resident_kb < 60_000
