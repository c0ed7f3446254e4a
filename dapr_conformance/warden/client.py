"""pytest's side of the warden: starts it and asks it, from any thread, blocking."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import inlet, launch, wire
from dapr_conformance.warden.channel import Channel
from dapr_conformance.warden.ports import HOST
from dapr_conformance.warden.protocol import (
    Holder,
    Isolation,
    LogLine,
    ProcessSpec,
    ProcessState,
    plain,
)
from dapr_conformance.warden.recordings import ANSWER_S, Recordings
from dapr_conformance.warden.survivors import end_marked

_CLOSE_S = 20.0


class Warden(Recordings):
    """A running warden. Every method raises `HarnessError`, with the warden's last words, when it is dead."""

    def __init__(self, channel: Channel, process: subprocess.Popen[bytes] | None, run_id: str, run_dir: Path) -> None:
        """Talk to a started warden; use `launch`, or `join` for one that another process started."""
        self._channel = channel
        self._process = process
        self._run_id = run_id
        self._run_dir = run_dir
        self.isolation = Isolation()

    @classmethod
    def launch(
        cls,
        run_dir: Path,
        run_id: str,
        *,
        temporary: bool = False,
        ports: Collection[int] = (),
        isolate: bool = False,
    ) -> Warden:
        """Start the one child process of this run; it ends all it owns when this process is gone, however it goes.

        Args:
            run_dir: gets the logs, the ledger and the control socket.
            run_id: goes into the environment of every process of the run.
            temporary: the warden removes the folder when it is closed or this process is gone.
            ports: those that apps of the run insist on; what came of that is in `isolation`.
            isolate: if one of them is taken, the warden and what it starts may get a network of their own.

        Raises:
            HarnessError: it does not start.

        """
        words = run_dir.resolve() / "logs" / "warden.log"
        words.parent.mkdir(parents=True, exist_ok=True)
        ours, theirs = socket.socketpair()
        with theirs:
            given = {"run_id": run_id, "temporary": temporary, "ports": sorted(ports), "isolate": isolate}
            process = launch.start(run_dir.resolve(), theirs.fileno(), words, given)
        channel = Channel(ours, words, partial(launch.join, run_dir.resolve(), ""))
        warden = cls(channel, process, run_id, run_dir.resolve())
        try:
            warden.isolation = wire.isolation(warden._ask("isolation"))  # answered once it serves
        except HarnessError:
            process.kill()
            process.wait()
            raise
        return warden

    @classmethod
    def join(cls, run_dir: Path, run_id: str, prefix: str) -> Warden:
        """Talk to the warden that another process started with this folder.

        When this process is gone, the warden ends the processes and closes the recorders whose names begin with
        `prefix`.

        Raises:
            HarnessError: it does not answer.

        """
        joined = launch.join(run_dir, prefix)
        channel = Channel(joined, run_dir / "logs" / "warden.log", partial(launch.join, run_dir, ""))
        warden = cls(channel, None, run_id, run_dir)
        warden.isolation = wire.isolation(warden._ask("isolation"))
        return warden

    def leave(self) -> None:
        """Talk no more to a warden that was joined; what this process left behind is ended."""
        self._channel.leave()

    def _ask(self, op: str, within_s: float = ANSWER_S, **args: Any) -> Any:
        return self._channel.ask(op, args, within_s)

    @property
    def alive(self) -> bool:
        """Whether the warden runs."""
        return not self._channel.dead and (self._process is None or self._process.poll() is None)

    @property
    def pid(self) -> int:
        """The id of the warden's process, which this process started."""
        assert self._process is not None
        return self._process.pid

    def dial(self, port: int, timeout_s: float) -> socket.socket:
        """Connect to a port of 127.0.0.1 as the run's processes see it; the time limit goes for later reads too.

        Raises:
            OSError: nobody listens there, or the warden is dead.

        """
        made = inlet.take(self._run_dir) if self.isolation.isolated else socket.socket()
        try:
            made.settimeout(timeout_s)
            made.connect((HOST, port))
        except OSError:
            made.close()
            raise
        return made

    def strayed(self) -> int:
        """Give how often something in the run's own network wanted to leave it or missed a server; 0 without one."""
        return int(self._ask("strayed")) if self.isolation.isolated else 0

    def claim(self, port: int) -> Holder | None:
        """Make a port that an app insists on this run's; returns who has it, or None where it is the run's now."""
        held = self._ask("claim", port=port)
        return None if held is None else Holder(**held)

    def reserve_ports(self, count: int) -> list[int]:
        """Give TCP ports of 127.0.0.1, held until `spawn` releases them or a recorder takes them over.

        Raises:
            BlockedError: so many are not free.

        """
        return [int(port) for port in self._ask("reserve_ports", count=count)]

    def spawn(self, spec: ProcessSpec) -> ProcessState:
        """Start a process. A command that cannot be started has ended with exit code 126 or 127, and its log says why.

        Raises:
            HarnessError: a process of that name runs, or the name cannot be one of a file.

        """
        return ProcessState(**self._ask("spawn", spec=plain(spec)))

    def process(self, name: str) -> ProcessState:
        """Give what is known of a process now."""
        return ProcessState(**self._ask("process", name=name))

    def wait_process(self, name: str, timeout_s: float) -> ProcessState:
        """Wait for a process to end; returns its state then, or as it is after `timeout_s` seconds."""
        return ProcessState(**self._ask("wait_process", timeout_s + ANSWER_S, name=name, timeout_s=timeout_s))

    def signal(self, name: str, signum: int) -> ProcessState:
        """Send a signal to a process and to all that stem from it; returns the state as it was then."""
        return ProcessState(**self._ask("signal", name=name, signum=int(signum)))

    def stop(self, *names: str, grace_s: float = 5.0) -> list[ProcessState]:
        """End processes together, with all that stems from them: SIGTERM, and SIGKILL after the grace.

        Raises:
            HarnessError: something outlives SIGKILL.

        """
        rows = self._ask("stop", grace_s + ANSWER_S, names=names, grace_s=grace_s)
        return [ProcessState(**row) for row in rows]

    def logs(
        self, name: str, since_ns: int | None = None, until_ns: int | None = None, last: int | None = None
    ) -> list[LogLine]:
        """Give lines of a process' output with since <= time < until, of these the `last` ones."""
        rows = self._ask("logs", name=name, since_ns=since_ns, until_ns=until_ns, last=last)
        return [LogLine(**row) for row in rows]

    def listener(self, port: int) -> dict[str, Any] | None:
        """Give who listens on a port, or None: `pid` (None if hidden), `command`, `address`, `reachable`, `ours`.

        No connection is made. `reachable` is false for a listener that 127.0.0.1 does not reach, as one on ::1;
        `ours` is true for a process of this run.
        """
        found: dict[str, Any] | None = self._ask("listener", port=port)
        return found

    def listening(self, name: str) -> list[dict[str, Any]]:
        """Give what a process and all that stem from it listen on: `port`, `address`, `reachable` as in `listener`."""
        return list(self._ask("listening", name=name))

    def wait_listener(self, port: int, timeout_s: float, unless_dead: str | None = None) -> bool:
        """Wait until something listens on a port of 127.0.0.1; returns whether it does.

        Returns false early when the process `unless_dead` has ended and left nothing that runs on.
        """
        within_s = timeout_s + ANSWER_S
        args = {"port": port, "timeout_s": timeout_s, "unless_dead": unless_dead}
        return bool(self._channel.ask("wait_listener", args, within_s))

    def append(self, row: Mapping[str, Any]) -> None:
        """Write a row of results.json's `checks` to the ledger; it is on file when this returns."""
        self._ask("append", row=row)

    def header(self, values: Mapping[str, Any]) -> None:
        """Give the ledger's header or a part of it: `run`, `target`, `environments`, `secrets`, `folder`.

        From the moment `folder` (where the report goes) is known, the warden writes the report if this process dies.
        """
        self._ask("header", values=values)

    def finish(self) -> None:
        """Say that this process writes the report itself."""
        self._ask("finish")

    def close(self) -> None:
        """End every process of the run and the warden. Takes at most about 20 s; may be called again."""
        self._channel.close(_CLOSE_S)
        self._await_end()
        end_marked(self._run_id)

    def obituary(self) -> HarnessError:
        """Give the error of a warden that ended although nobody told it to; it is dead."""
        assert self._process is not None
        code = self._process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else "told to end by a signal"
        return HarnessError(
            f"the warden, which owns all processes of a run, was {how}; what it owned was ended",
            advice="find what signals it: an app that signals its parent process, or somebody on this machine",
        )

    def _await_end(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
