"""The warden's main part: serves its clients until the lifeline closes, then ends everything it owns."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dapr_conformance.errors import ConformanceError, HarnessError
from dapr_conformance.warden import inlet, proc, wire
from dapr_conformance.warden.child import Inherited
from dapr_conformance.warden.ledger import Ledger
from dapr_conformance.warden.listeners import ListenerWatch
from dapr_conformance.warden.operations import Operations
from dapr_conformance.warden.ports import Ports
from dapr_conformance.warden.processes import Processes
from dapr_conformance.warden.protocol import LEDGER, SOCKET, Isolation

_CLOSE_GRACE_S = 2.0


@dataclass(frozen=True)
class Start:
    """How a warden is started.

    Args:
        run_dir: the run's folder; it is the working directory.
        run_id: goes into every child's environment.
        control: the inherited socket to pytest, the lifeline.
        pytest: the pid of pytest.
        inherited: what children get as pytest has it.
        import_path: pytest's, for the report of a run whose pytest died.
        temporary: the folder is of no use to anybody when pytest is gone or says `close`.
        ports: the run's, with those claimed that its apps insist on.
        isolation: whether this process is in a network of its own.

    """

    run_dir: Path
    run_id: str
    control: socket.socket
    pytest: int
    inherited: Inherited
    import_path: Sequence[str]
    temporary: bool
    ports: Ports
    isolation: Isolation


class Server:
    """One warden."""

    def __init__(self, start: Start) -> None:
        """Own nothing yet."""
        self._start = start
        self._over = asyncio.Event()
        self._orphaned = False
        self._closing: list[tuple[asyncio.StreamWriter, int]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        ports, watch = start.ports, ListenerWatch()
        self._processes = Processes(start.run_id, start.run_dir / "logs", ports, start.inherited, died=watch.look)
        self._ledger = Ledger(start.run_dir / LEDGER, start.import_path)
        self._operations = Operations(ports, start.isolation, watch, self._processes, self._ledger)

    async def run(self) -> int:
        """Serve until pytest is gone or says `close`, end everything, and give the exit status (0: nothing is left)."""
        self._watch_signals()
        self._watch_pytest()
        joiners = await asyncio.start_unix_server(self._serve_joiner, path=SOCKET, limit=wire.LINE_LIMIT)
        if self._start.isolation.isolated:
            inlet.serve()
        lifeline = asyncio.create_task(self._serve_lifeline())
        await self._over.wait()
        joiners.close()
        left = await self._processes.end_all(_CLOSE_GRACE_S if self._closing else 0.0)
        for pid in left:
            sys.stderr.write(f"outlived SIGKILL: {pid} {proc.command(pid)}\n")
        if self._orphaned:
            self._report()
        if self._orphaned or self._closing:  # before pytest knows of the end, as it may be killed before it could
            self._discard()
        for writer, number in self._closing:
            await self._reply(writer, {"id": number, "result": sorted(left)})
        lifeline.cancel()
        return 1 if left else 0

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._processes.reap)
        loop.add_signal_handler(signal.SIGTERM, self._over.set)
        for signum in (signal.SIGINT, signal.SIGHUP):  # meant for pytest; a handler, as children would inherit SIG_IGN
            loop.add_signal_handler(signum, lambda: None)

    def _watch_pytest(self) -> None:
        """End with pytest even where a fork of it keeps the lifeline open."""
        try:
            fd = os.pidfd_open(self._start.pytest)
        except ProcessLookupError:
            self._pytest_is_gone()
        except OSError:  # a sandbox without pidfd_open: the lifeline has to do
            return
        else:
            asyncio.get_running_loop().add_reader(fd, self._pytest_is_gone)

    def _pytest_is_gone(self) -> None:
        self._orphaned = not self._closing
        self._over.set()

    async def _serve_lifeline(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._start.control, limit=wire.LINE_LIMIT)
        await self._serve(reader, writer)
        self._pytest_is_gone()

    async def _serve_joiner(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a thread of pytest's, or a worker of pytest-xdist, whose first line names a prefix.

        What carries the prefix in its name is ended with the worker: another one may have to start the app on the
        same port.
        """
        prefix = json.loads(await reader.readline() or "{}").get("prefix")
        await self._serve(reader, writer)
        writer.close()
        if prefix and not self._over.is_set():
            await self._operations.leave(prefix)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                task = asyncio.create_task(self._answer(line, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except OSError:  # the client is gone
            return

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        request = json.loads(line)
        number, name = request["id"], request["op"]
        if name == "close":
            self._closing.append((writer, number))
            self._over.set()
            return
        await self._reply(writer, {"id": number, **await self._do(name, request["args"])})

    async def _do(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        try:
            result = self._operations.find(name)(**args)
            return {"result": await result if inspect.isawaitable(result) else result}
        except ConformanceError as error:
            return {"error": wire.error_row(error)}
        except Exception as error:  # noqa: BLE001 - the warden must outlive any fault; the client raises it
            traceback.print_exc()
            return {"error": wire.error_row(HarnessError(f"the warden failed at {name!r}: {error!r}"))}

    async def _reply(self, writer: asyncio.StreamWriter, row: dict[str, Any]) -> None:
        try:
            writer.write(wire.line(row))
            await writer.drain()
        except OSError:  # the client is gone
            return

    def _report(self) -> None:
        try:
            path = self._ledger.report()
        except Exception:  # noqa: BLE001 - the last thing that happens; stderr is a file of the run
            traceback.print_exc()
        else:
            if path is not None:
                sys.stderr.write(f"report of the run whose pytest died: {path}\n")

    def _discard(self) -> None:
        if self._start.temporary:
            shutil.rmtree(self._start.run_dir, ignore_errors=True)
