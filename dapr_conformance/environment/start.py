"""From a plan to a running arena and back: app and sidecar start together, then the readiness ladder.

Only the warden starts processes; this module tells it what, and waits for what can be observed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dapr_conformance.building_blocks.grpc import GrpcClient
from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.building_blocks.metadata import Metadata, answers
from dapr_conformance.environment import default_ports, isolation, obituary, silence
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.environment.plan import ArenaPlan, Unit
from dapr_conformance.environment.subscribe_question import SubscribeQuestion
from dapr_conformance.environment.waiting import StillWaitingError, listen_s, wait_until
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Exchange, Holder, Match, ProcessState, Rule

if TYPE_CHECKING:  # presence.py is above this module
    from dapr_conformance.environment.presence import Presence

OUTBOUND_S, METADATA_S = 30.0, 10.0
GRACE_S = 6.0


class ArenaFailedError(Exception):
    """An arena did not start, or one of its processes died by itself later."""

    def __init__(self, death: Obituary) -> None:
        self.death = death
        super().__init__(death.reason)


class Environment:
    """One running arena.

    `subscribe_answer` is what the app answered to `GET /dapr/subscribe` at its start (recorders remember only the
    latest exchanges, and daprd asks once); `never_asked`: its health check did not succeed in time. `presence` is
    what an app without a port turned out to be. `planted` are (recorder, rule) of the faults that stand in the wire.
    """

    def __init__(self, plan: ArenaPlan, target: Target, warden: Warden) -> None:
        self.plan = plan
        self.target = target
        self.warden = warden
        self.unit = plan.unit
        self.running = False
        self.pids: dict[str, int] = {}
        self.api = self.http_client(self.unit.api_port)
        self.grpc: GrpcClient | None = self.grpc_client(self.unit.sidecar.grpc)
        self.clients: dict[int, HttpClient] = {}
        self.subscribe_answer: Exchange | None = None
        self.never_asked = False
        self.presence: Presence | None = None
        self.planted: tuple[tuple[str, Rule], ...] = ()

    def http_client(self, port: int) -> HttpClient:
        """Give a client of an HTTP port of this arena."""
        return HttpClient(port, dial=self.warden.dial)

    def grpc_client(self, port: int) -> GrpcClient:
        """Give a client of a gRPC port of this arena."""
        return GrpcClient(port, dial=self.warden.dial)

    @property
    def listens_nowhere(self) -> bool:
        """Whether the app is one that runs but listens on no port."""
        return _works_at_once(self.unit)

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
        # An app without a port works on the others from its first moment, and what its policies would let it wait for
        # them is shortened here: so it starts when they are ready.
        question = SubscribeQuestion.from_now(self.warden, self.unit)
        for last in (False, True):
            units = [unit for unit in self.plan.units if _works_at_once(unit) is last]
            for spec in [process for unit in units for process in unit.processes]:
                self.pids[spec.name] = self.warden.spawn(spec).pid
            for unit in units:
                self._await_ready(unit)
        if self.unit.asked_within_s and not self.never_asked:
            metadata = Metadata(self.http_client(self.unit.sidecar.http))
            with contextlib.closing(metadata.http):
                asked = question.await_answer(metadata.subscriptions, self._watch(self.unit))
            self.never_asked = not asked
        self.subscribe_answer = question.answer()

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
        return all(Path(f"/proc/{pid}").exists() for pid in self.pids.values())

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
        for state in filter(self._ended_well, states):
            self.pids.pop(state.name, None)
        dead = sorted((s for s in states if not s.running and not self._ended_well(s)), key=lambda s: s.ended_ns or 0)
        if not dead:
            return None
        logs = self.warden.logs(dead[0].name, last=200)
        return self._weighed(obituary.write(dead[0], logs, self.target))

    def _ended_well(self, state: ProcessState) -> bool:
        """Tell whether an app that listens on no port has done its work: it may end, with status 0."""
        portless = {unit.app for unit in self.plan.units if unit.app_port is None}
        return state.name in portless and state.exit_code == 0

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
            for port, words in unit.literal_ports.items():
                held = self.warden.claim(port)
                if held is not None:
                    raise isolation.blocked(held, words, self.warden.isolation)

    def _own_listener(self, unit: Unit) -> bool:
        """Tell whether the unit's app listens on its port.

        Raises:
            BlockedError: a process that this run did not start listens there; it must not be judged in the app's place.

        """
        port = unit.app_port or 0
        found = self.warden.listener(port)
        if found is None or found["ours"]:
            return found is not None and bool(found["reachable"])
        held = Holder(port, found["pid"], found["command"])
        raise isolation.blocked(held, unit.literal_ports.get(port, ""), self.warden.isolation)

    def _await_ready(self, unit: Unit) -> None:
        metadata, grpc = Metadata(self.http_client(unit.sidecar.http)), self.grpc_client(unit.sidecar.grpc)
        with contextlib.closing(metadata.http), contextlib.closing(grpc):
            self._climb(unit, metadata, grpc)

    def _climb(self, unit: Unit, metadata: Metadata, grpc: GrpcClient) -> None:
        alive = self._watch(unit)
        self._step(unit, "the sidecar's API", lambda: metadata.healthy(outbound=True), OUTBOUND_S, alive)
        self._step(unit, "the sidecar's gRPC API", lambda: answers(grpc), OUTBOUND_S, alive)
        if unit.app_port is not None:
            listening = f"the app listening on port {unit.app_port}"
            self._step(unit, listening, lambda: self._own_listener(unit), listen_s(), alive)
            self._step(unit, "the sidecar's healthz", metadata.healthy, listen_s(), alive)
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
        return not found or set(unit.subscriptions) <= metadata.subscriptions(found)

    def _watch(self, unit: Unit) -> Callable[[], None]:
        def alive() -> None:
            for process in unit.processes:
                state = self.warden.process(process.name)
                if not state.running and not self._ended_well(state):
                    logs = self.warden.logs(process.name, last=200)
                    raise ArenaFailedError(self._weighed(obituary.write(state, logs, self.target)))

        return alive

    def _never_ready(self, unit: Unit, error: StillWaitingError) -> Obituary:
        found = self._of_app(unit, error)
        reason = f"{error.what} did not happen within {error.timeout_s:g} s"
        name, role = (unit.app, "app") if found else (unit.daprd, "sidecar")
        found = found or silence.Silence(Attribution.RUNTIME, reason, None)
        words = tuple(line.text for line in self.warden.logs(name, last=20))
        death = Obituary(name, role, "never became ready", found.attribution, found.reason, found.location, words)
        return self._weighed(death)

    def _of_app(self, unit: Unit, error: StillWaitingError) -> silence.Silence | None:
        """Say what the unit's app has to do with that its sidecar is not ready."""
        app = next((each for each in (self.target.app, *self.target.siblings) if each.app_id == unit.app_id), None)
        if app is None or unit.inbound is None:
            return None
        app = replace(app, port=unit.app_port)
        if "the app listening" in error.what:
            return silence.explain(app, self.warden.listening(unit.app), error.timeout_s)
        asked = self.warden.exchanges(unit.inbound, Match(method="GET", path=silence.QUESTIONS))
        return silence.unanswered(app, asked, error.timeout_s)

    def _weighed(self, death: Obituary) -> Obituary:
        """Say more of an app's death than its process shows: what it missed in a network, or on which port."""
        if death.attribution is not Attribution.APP:
            return death
        hint = default_ports.advice(self.target.app, death.last_words)
        death = replace(death, reason="; ".join(filter(None, (death.reason, hint))))
        if not self.warden.isolation.isolated:
            return death
        return isolation.excused(death, self.warden.isolation, self.warden.strayed())


def _works_at_once(unit: Unit) -> bool:
    return unit.app_port is None and unit.app in {process.name for process in unit.processes}
