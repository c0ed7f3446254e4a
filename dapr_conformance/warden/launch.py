"""The line to the warden: pytest starts it, the only process that it starts; workers of pytest-xdist join it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import inlet, wire
from dapr_conformance.warden.protocol import SOCKET

_ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package


def start(run_dir: Path, control: int, words: Path, given: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start it.

    Args:
        run_dir: its folder.
        control: the file descriptor of its end of the control socket.
        words: the file for what it prints.
        given: the rest of what its `main` reads.

    """
    here = {"run_dir": str(run_dir), "control": control, "pytest": os.getpid(), "import_path": sys.path}
    with words.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "dapr_conformance.warden", json.dumps({**given, **here})],
            cwd=_ROOT,  # -m imports from there first: the same package, whatever lies in the user's folder
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            pass_fds=[control],
            start_new_session=True,
        )


def join(run_dir: Path, prefix: str) -> socket.socket:
    """Give a socket to the warden of a run's folder; `prefix` begins the names of what is to end with it.

    An empty prefix means nothing.

    Raises:
        HarnessError: nobody answers there.

    """
    try:
        connected = inlet.connected(run_dir, SOCKET)
        connected.sendall(wire.line({"prefix": prefix}))
    except OSError as error:
        raise HarnessError(f"the warden of {run_dir} cannot be joined: {error}") from error
    return connected


def _environment() -> dict[str, str]:
    """Give this process' environment without what is meant for pytest or for another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
