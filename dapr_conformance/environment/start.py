"""From a plan to a running arena and back: app and sidecar start together, then the readiness ladder.

Only the warden starts processes; this module tells it what, and waits for what can be observed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from dapr_conformance.building_blocks.grpc import GrpcClient
from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.building_blocks.metadata import Metadata, answers
from dapr_conformance.environment import obituary
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.environment.plan import ArenaPlan, Unit
from dapr_conformance.environment.waiting import LISTEN_S, StillWaitingError, listen_s, wait_until
from dapr_conformance.errors import BlockedError
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Exchange, Match

OUTBOUND_S, HEALTHZ_S, METADATA_S = 30.0, 30.0, 10.0
GRACE_S = 6.0


class ArenaFailedError(Exception):
    """An arena did not start, or one of its processes died by itself later."""

    def __init__(self, death: Obituary) -> None:
        self.death = death
        super().__init__(death.reason)


class Environment:
    """One running arena.

    `subscribe_answer` is what the app answered to `GET /dapr/subscribe` at its start (recorders remember only the
    latest exchanges, and daprd asks once).
    """

    def __init__(self, plan: ArenaPlan, target: Target, warden: Warden) -> None:
        self.plan = plan
        self.target = target
        self.warden = warden
        self.unit = plan.unit
        self.running = False
        self._pids: list[int] = []
        self.api = HttpClient(self.unit.api_port)
        self.grpc = GrpcClient(self.unit.sidecar.grpc)
        self.clients: dict[int, HttpClient] = {}
        self.subscribe_answer: Exchange | None = None

    def start(self) -> None:
        """Start everything side by side and wait until the arena is ready.

        Raises:
            ArenaFailedError: a process died or did not become ready; says whose fault it is.
            BlockedError: the app's own port is taken by a process that this run did not start.

        """
        self._refuse_taken_ports()
        self._write_files()
        self.running = True
        for unit in self.plan.units:
            for recorder in unit.recorders:
                self.warden.open_recorder(recorder)
        self._start_processes()

    def restart(self) -> None:
        """Start all processes of the arena again on the same ports; daprd reads an app's subscriptions only once."""
        self.warden.stop(*self._process_names(), grace_s=GRACE_S)
        self._start_processes()

    def _start_processes(self) -> None:
        specs = [process for unit in self.plan.units for process in unit.processes]
        self._pids = [self.warden.spawn(spec).pid for spec in specs]
        for unit in self.plan.units:
            self._await_ready(unit)
        self.subscribe_answer = self._asked_for_subscriptions()

    def _asked_for_subscriptions(self) -> Exchange | None:
        if self.unit.inbound is None:
            return None
        match = Match(method="GET", path="/dapr/subscribe", complete=True)
        return next(reversed(self.warden.exchanges(self.unit.inbound, match)), None)

    def stop(self) -> None:
        """Stop the arena's processes together (SIGTERM, then SIGKILL), then its recorders."""
        if not self.running:
            return
        self.running = False
        self.warden.stop(*self._process_names(), grace_s=GRACE_S)
        for unit in self.plan.units:
            for recorder in unit.recorders:
                self.warden.close_recorder(recorder.name)

    def all_exist(self) -> bool:
        """Tell, by a glance at /proc, whether every process is still there; cheap enough for each example."""
        return all(Path(f"/proc/{pid}").exists() for pid in self._pids)

    def death(self, wait_s: float = 0.0) -> Obituary | None:
        """Give the obituary of the first process of this arena that is no longer running, or None.

        `wait_s` is how long a process may take to die after its sockets have closed.
        """
        deadline = time.monotonic() + wait_s
        while self.all_exist() and time.monotonic() < deadline:
            time.sleep(0.005)
        if self.all_exist():
            return None
        states = [self.warden.process(name) for name in self._process_names()]
        dead = sorted((s for s in states if not s.running), key=lambda s: s.ended_ns or 0)
        if not dead:
            return None
        logs = self.warden.logs(dead[0].name, last=200)
        return obituary.write(dead[0], logs, self.target)

    def raise_if_dead(self) -> None:
        """Raise ArenaFailedError if a process of this arena has died."""
        death = self.death()
        if death is not None:
            raise ArenaFailedError(death)

    def _process_names(self) -> list[str]:
        return [process.name for unit in self.plan.units for process in unit.processes]

    def _write_files(self) -> None:
        for folder in self.plan.folders:
            folder.mkdir(parents=True, exist_ok=True)
        for path, text in self.plan.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _refuse_taken_ports(self) -> None:
        for unit in self.plan.units:
            held = {port for process in unit.processes for port in process.release_ports}
            if unit.app_port is not None and unit.app_port not in held:
                self._own_listener(unit)

    def _own_listener(self, unit: Unit) -> bool:
        """Tell whether the unit's app listens on its port.

        Raises:
            BlockedError: a process that this run did not start listens there; it must not be judged in the app's place.

        """
        owner = self.warden.listener(unit.app_port or 0)
        if owner is None or owner["ours"]:
            return owner is not None
        raise BlockedError(
            f"port {unit.app_port}, which the app {unit.app_id!r} listens on, is in use by "
            f"process {owner['pid']} ({owner['command']})",
            advice=f"end process {owner['pid']}, or give the app another appPort",
        )

    def _await_ready(self, unit: Unit) -> None:
        metadata, grpc = Metadata(HttpClient(unit.sidecar.http)), GrpcClient(unit.sidecar.grpc)
        with contextlib.closing(metadata.http), contextlib.closing(grpc):
            self._climb(unit, metadata, grpc)

    def _climb(self, unit: Unit, metadata: Metadata, grpc: GrpcClient) -> None:
        alive = self._watch(unit)
        self._step(unit, "the sidecar's API", lambda: metadata.healthy(outbound=True), OUTBOUND_S, alive)
        self._step(unit, "the sidecar's gRPC API", lambda: answers(grpc), OUTBOUND_S, alive)
        if unit.app_port is not None:
            listening = f"the app listening on port {unit.app_port}"
            self._step(unit, listening, lambda: self._own_listener(unit), listen_s(), alive)
            self._step(unit, "the sidecar's healthz", metadata.healthy, HEALTHZ_S, alive)
            self._step(
                unit, "the subscriptions in metadata", lambda: self._subscribed(unit, metadata), METADATA_S, alive
            )

    def _step(
        self, unit: Unit, what: str, observe: Callable[[], bool], timeout_s: float, alive: Callable[[], None]
    ) -> None:
        try:
            wait_until(what, observe, timeout_s=timeout_s, alive=alive)
        except StillWaitingError as error:
            raise ArenaFailedError(self._never_ready(unit, error)) from None

    def _subscribed(self, unit: Unit, metadata: Metadata) -> bool:
        found = metadata.read()
        # Metadata may be denied by the app's own API allow list; readiness must not hang on it.
        names = {(s.get("pubsubname"), s.get("topic")) for s in found.get("subscriptions") or ()}
        return not found or set(unit.subscriptions) <= names

    def _watch(self, unit: Unit) -> Callable[[], None]:
        def alive() -> None:
            for process in unit.processes:
                state = self.warden.process(process.name)
                if not state.running:
                    logs = self.warden.logs(process.name, last=200)
                    raise ArenaFailedError(obituary.write(state, logs, self.target))

        return alive

    def _never_ready(self, unit: Unit, error: StillWaitingError) -> Obituary:
        app_silent = "the app listening" in error.what
        name = unit.app if app_silent else unit.daprd
        attribution = Attribution.APP if app_silent else Attribution.RUNTIME
        reason = f"{error.what} did not happen within {error.timeout_s:g} s"
        if app_silent:
            reason = (
                f"the app {unit.app_id!r} runs but did not listen on port {unit.app_port}, its appPort, "
                f"within {error.timeout_s:g} s (the environment variable {LISTEN_S} changes how long it may take)"
            )
        words = tuple(line.text for line in self.warden.logs(name, last=20))
        location = self.target.app.location if app_silent else None
        return Obituary(
            name, "app" if app_silent else "sidecar", "never became ready", attribution, reason, location, words
        )
