"""One child of the warden: how it was started, which signals it got from us, and how it ended."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.warden import proc
from dapr_conformance.warden.logs import Log, Pipe
from dapr_conformance.warden.protocol import ProcessSpec, ProcessState

_ASK_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP}
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # a shell's exit codes for a command that cannot be started (POSIX, 2.8.2)


@dataclass(frozen=True)
class Inherited:
    """What the warden changed for itself and children get as it was; `open_files` is the (soft, hard) limit."""

    umask: int
    open_files: tuple[int, int]


class Child:
    """A started process, leader of its own session; a command that cannot be started has ended with 126 or 127."""

    def __init__(self, spec: ProcessSpec, log: Log) -> None:
        """Take the description; `start` starts it."""
        self.spec = spec
        self.pid = 0
        self.ended = asyncio.Event()
        self.sent: set[int] = set()
        self._log = log
        self._pipes: list[Pipe] = []
        self._started_ns = time.monotonic_ns()
        self._ended_ns: int | None = None
        self._code: int | None = None
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self, run_id: str, inherited: Inherited) -> None:
        """Start it in a session of its own, marked, with its output read line by line."""
        marks = {proc.RUN_MARK: run_id, proc.PROCESS_MARK: f"{run_id}/{self.spec.name}"}
        try:
            popen = subprocess.Popen(
                self.spec.argv,
                env={**self.spec.env, **marks},
                cwd=self.spec.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                umask=inherited.umask,
            )
        except (OSError, ValueError) as error:  # ValueError: a zero byte in an argument
            self._not_started(error)
            return
        self.pid, self._popen = popen.pid, popen
        with suppress(OSError):  # it has ended already, or runs as another user
            resource.prlimit(popen.pid, resource.RLIMIT_NOFILE, inherited.open_files)
        self._pipes = [
            Pipe(os.dup(pipe.fileno()), name, self._log)
            for name, pipe in (("stdout", popen.stdout), ("stderr", popen.stderr))
            if pipe is not None
        ]
        for pipe in (popen.stdout, popen.stderr):
            if pipe is not None:
                pipe.close()

    def _not_started(self, error: OSError | ValueError) -> None:
        missing = isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.ENOTDIR)
        self._log.write("stderr", f"{self.spec.argv[0]}: cannot be started: {self._why(error)}\n".encode())
        self._finish(_NOT_FOUND if missing else _NOT_EXECUTABLE)

    def _why(self, error: OSError | ValueError) -> str:
        if not Path(self.spec.cwd).is_dir():
            return f"its working directory {self.spec.cwd} does not exist"
        return (error.strerror if isinstance(error, OSError) else None) or str(error)

    def reaped(self, status: int) -> None:
        """Note the wait status; what it said last is read before its death is known."""
        code = os.waitstatus_to_exitcode(status)
        if self._popen is not None:
            self._popen.returncode = code  # so that Popen never waits for a pid that may be another process by then
        for pipe in self._pipes:
            pipe.drain()
            pipe.flush()
        self._finish(code)

    def _finish(self, code: int) -> None:
        self._code, self._ended_ns = code, time.monotonic_ns()
        self.ended.set()

    def state(self) -> ProcessState:
        """Give what is known now."""
        code = self._code
        return ProcessState(
            name=self.spec.name,
            role=self.spec.role,
            pid=self.pid,
            running=code is None,
            exit_code=code if code is not None and code >= 0 else None,
            signal=-code if code is not None and code < 0 else None,
            ended_by_us=self._ended_by_us(),
            started_ns=self._started_ns,
            ended_ns=self._ended_ns,
        )

    def _ended_by_us(self) -> bool:
        if self._code is None:
            return False
        if self._code < 0:
            return -self._code in self.sent
        return bool(self.sent & _ASK_TO_END)  # asked to end, it exited by itself

    def members(self, entries: dict[int, proc.Entry], ours: set[int], run_id: str) -> set[int]:
        """Give the living pids that stem from this child: its session, its tree, and its orphans by their mark.

        Args:
            entries: the process table.
            ours: the warden's descendants in it; nobody else is ever a member.
            run_id: the run whose mark the orphans carry.

        """
        if not self.pid:
            return set()
        near = {pid for pid in ours if self.pid in (pid, entries[pid].session, entries[pid].group)}
        below = proc.descendants(self.pid, entries) & ours
        mark = f"{run_id}/{self.spec.name}"
        return near | below | {pid for pid in ours - near - below if proc.carries(pid, proc.PROCESS_MARK, mark)}
