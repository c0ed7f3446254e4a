"""What can be told of a connection without waiting."""

from __future__ import annotations

import select
import socket


def readable(connection: socket.socket) -> bool:
    """Tell whether something has come, or the other end has closed."""
    poll = select.poll()  # select() takes no file descriptor above 1023
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
