"""All processes of a run: starting, signalling, stopping whole trees, reaping, and ending everything."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import proc
from dapr_conformance.warden.child import Child, Inherited
from dapr_conformance.warden.logs import Log
from dapr_conformance.warden.ports import Ports
from dapr_conformance.warden.protocol import ProcessSpec, ProcessState
from dapr_conformance.warden.waiting import happened

_KILL_DEADLINE_S = 10.0
_LOOK_S = 0.05


class Processes:
    """The warden's children by name.

    Args:
        run_id: goes into every child's environment as its mark.
        logs: the folder for `<name>.log`.
        ports: whose held ports are released to children.
        inherited: what children get as pytest has it.
        died: called after each death.

    """

    def __init__(self, run_id: str, logs: Path, ports: Ports, inherited: Inherited, died: Callable[[], None]) -> None:
        """Start without any process."""
        self._run_id = run_id
        self._folder = logs
        self._ports = ports
        self._inherited = inherited
        self._died = died
        self._children: dict[str, Child] = {}
        self._logs: dict[str, Log] = {}
        self._reaped = asyncio.Event()

    def spawn(self, spec: ProcessSpec) -> ProcessState:
        """Start a process; its ports are released just before. A name can be used again once its process has ended.

        Raises:
            HarnessError: the name is not fit for a file, or its process still runs.

        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]*", spec.name):
            raise HarnessError(f"{spec.name!r} cannot name a process: letters, digits and ._@+- make a name")
        if spec.name in self._children and not self._children[spec.name].ended.is_set():
            raise HarnessError(f"process {spec.name!r} runs already", advice="stop it first")
        child = Child(spec, self._log(spec.name))
        for port in spec.release_ports:
            self._ports.release(port)
        child.start(self._run_id, self._inherited)
        self._children[spec.name] = child
        return child.state()

    def _log(self, name: str) -> Log:
        if name not in self._logs:
            self._logs[name] = Log(self._folder / f"{name}.log")
        return self._logs[name]

    def child(self, name: str) -> Child:
        """Give a process by name, the latest of that name.

        Raises:
            HarnessError: there never was one.

        """
        if name not in self._children:
            raise HarnessError(f"there is no process {name!r}", allowed=sorted(self._children))
        return self._children[name]

    def running(self, prefix: str) -> list[str]:
        """Give the names that begin with `prefix` of processes that run."""
        return [n for n, child in self._children.items() if n.startswith(prefix) and not child.ended.is_set()]

    def log(self, name: str) -> Log:
        """Give what the processes of that name said.

        Raises:
            HarnessError: there never was one.

        """
        self.child(name)
        return self._logs[name]

    def reap(self) -> None:
        """Collect every dead child, orphans that became ours included (for SIGCHLD)."""
        by_pid = {child.pid: child for child in self._children.values() if not child.ended.is_set()}
        for pid, status in _dead():
            if pid in by_pid:
                by_pid[pid].reaped(status)
            self._reaped.set()
        self._died()

    def signal(self, name: str, signum: int) -> ProcessState:
        """Send a signal to the process and to all that stem from it."""
        child = self.child(name)
        self._send([child], signum)
        return child.state()

    def _send(self, children: Iterable[Child], signum: int) -> None:
        for child in children:
            members = self.members([child])
            if child.pid in members:
                child.sent.add(signum)
            send(members, signum)

    def members(self, children: Iterable[Child]) -> set[int]:
        """Give the living pids that stem from the children, by the process table of now."""
        entries = proc.table()
        ours = proc.descendants(os.getpid(), entries)
        found = (child.members(entries, ours, self._run_id) for child in children)
        return {pid for members in found for pid in members}

    async def stop(self, names: Sequence[str], grace_s: float) -> list[ProcessState]:
        """End the named processes together with all that stems from them: SIGTERM, and SIGKILL after the grace.

        Raises:
            HarnessError: something outlives SIGKILL for 10 s (it hangs in the kernel).

        """
        children = [self.child(name) for name in names]
        self._send(children, signal.SIGTERM)
        self._send(children, signal.SIGCONT)  # a stopped process cannot hear SIGTERM
        await self._until_gone(lambda: self.members(children), grace_s)
        left = await self._kill(lambda: self._killed(children))
        if left:
            raise HarnessError(f"processes outlived SIGKILL: {_commands(left)}")
        return [child.state() for child in children]

    def _killed(self, children: Sequence[Child]) -> set[int]:
        self._send(children, signal.SIGKILL)
        return self.members(children) | {child.pid for child in children if not child.ended.is_set()}

    async def end_all(self, grace_s: float = 0.0) -> set[int]:
        """End every process below the warden and every one that carries the run's mark; returns pids that stayed."""
        children = list(self._children.values())
        if grace_s:
            self._send(children, signal.SIGTERM)
            self._send(children, signal.SIGCONT)
            await self._until_gone(self._everything, grace_s)
        return await self._kill(self._kill_everything)

    def _everything(self) -> set[int]:
        entries = proc.table()
        return proc.descendants(os.getpid(), entries) | proc.marked(self._run_id, entries)

    def _kill_everything(self) -> set[int]:
        everything = self._everything()
        for child in self._children.values():
            if child.pid in everything:
                child.sent.add(signal.SIGKILL)
        send(everything, signal.SIGKILL)
        return everything

    async def _kill(self, kill: Callable[[], set[int]]) -> set[int]:
        return await self._until_gone(kill, _KILL_DEADLINE_S)

    async def _until_gone(self, left: Callable[[], set[int]], timeout_s: float) -> set[int]:
        """Wait until `left` gives nobody; it is asked after each death and every 50 ms. Returns who is left."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while remaining := left():
            wait_s = min(_LOOK_S, deadline - asyncio.get_running_loop().time())
            if wait_s <= 0:
                break
            self._reaped.clear()
            self.reap()
            await happened(self._reaped, wait_s)
        return remaining


def _dead() -> Iterable[tuple[int, int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def send(pids: Iterable[int], signum: int) -> None:
    """Signal each process that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):  # it ended, or changed its user
            os.kill(pid, signum)


def _commands(pids: Iterable[int]) -> str:
    return ", ".join(f"{pid} ({proc.command(pid)})" for pid in sorted(pids))
