import os
import signal
import subprocess
import sys

from dapr_conformance.runtime.lock import exclusive

HOLDER = """
import sys
from pathlib import Path
from dapr_conformance.runtime.lock import exclusive
with exclusive(Path(sys.argv[1]), "holding", print):
    print("held", flush=True)
    sys.stdin.read()
"""


def start_holder(path):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_free_lock_is_taken_without_a_word(tmp_path, said):
    with exclusive(tmp_path / "lock", "building", said.append):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    assert said == []


def test_the_waiting_one_names_the_holder_and_goes_on_when_it_ends(tmp_path, said):
    holder = start_holder(tmp_path / "lock")

    def let_go(line):
        said.append(line)
        holder.stdin.close()

    with exclusive(tmp_path / "lock", "building Dapr", let_go):
        assert holder.wait(10) == 0
    assert said == [f"process {holder.pid} is building Dapr; waiting for it, 0 s"]


def test_a_killed_holder_leaves_no_lock(tmp_path, said):
    holder = start_holder(tmp_path / "lock")
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    with exclusive(tmp_path / "lock", "building", said.append):
        pass
    assert said == []
    holder.stdin.close()
