"""How pytest gets into the run's own network: by sockets that are made there and handed out (SCM_RIGHTS, unix(7)).

A socket belongs to the network in which it was made, whoever uses it, so pytest itself stays where it is.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path

_NAME = "inlet.sock"
_BACKLOG = 1024
_HANDED_S = 30.0  # far beyond what it takes; a warden that is silent for so long hangs


def serve() -> None:
    """Hand a fresh TCP socket of this network to everyone who connects to the inlet in the working directory."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(_NAME)
    listening.listen(_BACKLOG)
    listening.setblocking(False)
    asyncio.get_running_loop().add_reader(listening.fileno(), _give, listening)


def _give(listening: socket.socket) -> None:
    with suppress(OSError):  # the client is gone
        taker, _ = listening.accept()
        with taker, socket.socket() as made:
            socket.send_fds(taker, [b"\0"], [made.fileno()])


def take(folder: Path) -> socket.socket:
    """Give a TCP socket of the network whose inlet is in the folder.

    Raises:
        OSError: the warden there is dead.

    """
    with connected(folder, _NAME) as asking:
        asking.settimeout(_HANDED_S)
        _, handed, _, _ = socket.recv_fds(asking, 1, 1)
    if not handed:
        raise ConnectionRefusedError("the warden handed out no socket")
    return socket.socket(fileno=handed[0])


def connected(folder: Path, name: str) -> socket.socket:
    """Give a socket that is connected to the Unix socket of that name in the folder.

    Raises:
        OSError: there is none, or nobody listens there.

    """
    at = os.open(folder, os.O_PATH)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.connect(f"/proc/self/fd/{at}/{name}")  # the path itself may be too long for a socket's address
    except OSError:
        made.close()
        raise
    finally:
        os.close(at)
    return made
