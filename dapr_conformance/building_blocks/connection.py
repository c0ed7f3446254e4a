"""Making a connection, and what can be told of one without waiting."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

HOST = "127.0.0.1"
Dial = Callable[[int, float], socket.socket]  # connects to a port, with a limit in seconds for that and for each read


def dial(port: int, timeout_s: float) -> socket.socket:
    """Connect to a port of this machine's loopback.

    Raises:
        OSError: nobody takes the connection in time.

    """
    return socket.create_connection((HOST, port), timeout_s)


def readable(connection: socket.socket) -> bool:
    """Tell whether something has come, or the other end has closed."""
    poll = select.poll()  # select() takes no file descriptor above 1023
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
