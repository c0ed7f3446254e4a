"""What a client may ask the warden for, by name; each takes and gives JSON values."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden import claims, listeners, namespace, proc, wire
from dapr_conformance.warden.ledger import Ledger
from dapr_conformance.warden.listeners import ListenerWatch
from dapr_conformance.warden.ports import Ports
from dapr_conformance.warden.processes import Processes
from dapr_conformance.warden.protocol import Isolation
from dapr_conformance.warden.recorder.record import Record
from dapr_conformance.warden.recorder.recorder import Recorder
from dapr_conformance.warden.recorder.store import Matcher
from dapr_conformance.warden.waiting import happened

Json = Any
Operation = Callable[..., Json | Awaitable[Json]]

_PAGE_BYTES = 4 * 1024 * 1024  # exchanges of about this size travel in one line


class Operations:
    """The state of one warden and everything that can be done with it."""

    def __init__(
        self, ports: Ports, isolation: Isolation, watch: ListenerWatch, processes: Processes, ledger: Ledger
    ) -> None:
        """Serve what the warden owns."""
        self._ports = ports
        self._watch = watch
        self._processes = processes
        self._recorders: dict[str, Recorder] = {}
        self._by_name: Mapping[str, Operation] = {
            "isolation": lambda: wire.plain(isolation),
            "strayed": namespace.strayed,
            "reserve_ports": ports.reserve,
            "claim": self._claim,
            "spawn": self._spawn,
            "process": self._process,
            "wait_process": self._wait_process,
            "signal": self._signal,
            "stop": self._stop,
            "logs": self._logs,
            "listener": lambda port: listeners.describe(port, _ours),
            "listening": self._listening,
            "wait_listener": self._wait_listener,
            "open_recorder": self._open_recorder,
            "close_recorder": self._close_recorder,
            "exchanges": self._exchanges,
            "wait_exchanges": self._wait_exchanges,
            "last_exchange_id": lambda recorder: self._recorder(recorder).store.last_id,
            "add_rule": lambda recorder, rule: self._recorder(recorder).rules.add(wire.rule(rule)),
            "remove_rule": lambda recorder, number: wire.plain(self._recorder(recorder).rules.remove(number)),
            "clear_rules": lambda recorder: self._recorder(recorder).rules.clear(),
            "inject": self._inject,
            "absent": lambda recorder, absent: self._recorder(recorder).absent(absent=absent),
            "append": ledger.append,
            "header": ledger.header,
            "finish": ledger.finish,
        }

    def find(self, name: str) -> Operation:
        """Give an operation.

        Raises:
            HarnessError: there is none of that name.

        """
        if name not in self._by_name:
            raise HarnessError(f"the warden cannot {name!r}", allowed=self._by_name)
        return self._by_name[name]

    async def leave(self, prefix: str) -> None:
        """End the processes and close the recorders whose names begin with `prefix`."""
        await self._processes.stop(self._processes.running(prefix), 0.0)
        for name in [name for name in self._recorders if name.startswith(prefix)]:
            self._close_recorder(name)

    def _spawn(self, spec: Json) -> Json:
        return wire.plain(self._processes.spawn(wire.process_spec(spec)))

    def _process(self, name: str) -> Json:
        return wire.plain(self._processes.child(name).state())

    async def _wait_process(self, name: str, timeout_s: float) -> Json:
        child = self._processes.child(name)
        await happened(child.ended, timeout_s)
        return wire.plain(child.state())

    def _signal(self, name: str, signum: int) -> Json:
        return wire.plain(self._processes.signal(name, signum))

    async def _stop(self, names: Sequence[str], grace_s: float) -> Json:
        return [wire.plain(state) for state in await self._processes.stop(names, grace_s)]

    def _logs(self, name: str, since_ns: int | None, until_ns: int | None, last: int | None) -> Json:
        return [wire.plain(line) for line in self._processes.log(name).lines(since_ns, until_ns, last)]

    def _claim(self, port: int) -> Json:
        held = claims.holder(self._ports, port, _ours)
        return None if held is None else wire.plain(held)

    def _listening(self, name: str) -> Json:
        members = self._processes.members([self._processes.child(name)])
        rows = listeners.owned(members)
        return [{"port": row.port, "address": row.address, "reachable": row.reachable} for row in rows]

    async def _wait_listener(self, port: int, timeout_s: float, unless_dead: str | None) -> bool:
        there, over = asyncio.Event(), asyncio.Event()

        def look(sockets: frozenset[int]) -> None:
            if sockets:
                there.set()
            if sockets or (unless_dead is not None and self._all_dead(unless_dead)):
                over.set()

        unwatch = self._watch.watch(port, look)
        try:
            await happened(over, timeout_s)
        finally:
            unwatch()
        return there.is_set()

    def _all_dead(self, name: str) -> bool:
        """Say whether a process has ended and left no orphans that may listen in its stead."""
        child = self._processes.child(name)
        return child.ended.is_set() and not self._processes.members([child])

    def _open_recorder(self, spec: Json) -> None:
        described = wire.recorder_spec(spec)
        if described.name in self._recorders:
            raise HarnessError(f"there is a recorder {described.name!r} already")
        bound = self._ports.take(described.listen_port)
        try:
            self._recorders[described.name] = Recorder(described, bound, self._watch)
        except HarnessError:
            self._ports.give_back(bound)
            raise

    def _close_recorder(self, name: str) -> None:
        recorder = self._recorder(name)
        del self._recorders[name]
        self._ports.give_back(recorder.close())

    def _recorder(self, name: str) -> Recorder:
        if name not in self._recorders:
            raise HarnessError(f"there is no recorder {name!r}", allowed=sorted(self._recorders))
        return self._recorders[name]

    def _exchanges(self, recorder: str, match: Json, since_id: int) -> Json:
        """Give a page of exchanges; `next` is the id to go on behind, or None at the end."""
        found = self._recorder(recorder)
        page: list[Record] = []
        size = 0
        for record in found.store.records(Matcher(wire.match(match)), since_id):
            if size > _PAGE_BYTES:
                return _page(found, page, page[-1].id)
            page.append(record)
            size += record.size()
        return _page(found, page, None)

    async def _wait_exchanges(self, recorder: str, match: Json, count: int, timeout_s: float, since_id: int) -> Json:
        store = self._recorder(recorder).store
        await store.wait(Matcher(wire.match(match)), count, timeout_s, since_id)
        return self._exchanges(recorder, match, since_id)

    async def _inject(self, recorder: str, injection: Json) -> Json:
        exchange = await self._recorder(recorder).inject(wire.injection(injection))
        return exchange.to_json()


def _ours() -> set[int]:
    return proc.descendants(os.getpid(), proc.table())


def _page(recorder: Recorder, records: Sequence[Record], behind: int | None) -> Json:
    return {"exchanges": [recorder.exchange(record).to_json() for record in records], "next": behind}
