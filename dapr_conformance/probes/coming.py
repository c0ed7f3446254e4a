"""The arena that comes next, started in the background while checks of the current one are judged."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future

from dapr_conformance.environment.start import Environment
from dapr_conformance.requirement import Arena


class Coming:
    """An arena on its way.

    Args:
        arena: which one.
        start: starts it; runs in a thread of its own.

    """

    def __init__(self, arena: Arena, start: Callable[[], Environment]) -> None:
        self.arena = arena
        self._started: Future[Environment] = Future()
        # Not a pool's thread: those are joined when Python ends, and an app may take long to become ready.
        threading.Thread(target=self._start, args=(start,), name="arena", daemon=True).start()

    def _start(self, start: Callable[[], Environment]) -> None:
        try:
            self._started.set_result(start())
        except BaseException as error:  # noqa: BLE001 - it is raised where the arena is asked for
            self._started.set_exception(error)

    def environment(self) -> Environment:
        """Wait for it, and give it.

        Raises:
            ArenaFailedError: it did not start; nothing of it is left running.

        """
        return self._started.result()

    def end(self) -> None:
        """Stop it; one that is still starting is waited for, because its app may hold a port that another one needs."""
        with contextlib.suppress(Exception):  # it did not start, and nobody asks for it
            self._started.result().stop()

    def leave(self) -> None:
        """Stop it if it runs; at the end of a run the warden ends what is still starting."""
        if self._started.done():
            self.end()
