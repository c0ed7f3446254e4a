"""One lock for each key, inside this process."""

from __future__ import annotations

import threading
from collections import defaultdict


class Locks:
    """Gives every key its own lock; they are kept as long as the process lives."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def of(self, key: str) -> threading.Lock:
        """Give the lock of that key, to be used in a `with` statement."""
        with self._guard:
            return self._locks[key]
