"""Runs checks: starts the arena that each needs, and gives the handle by which the check drives it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.control.spec import PlantedFault as SeamFault
from dapr_conformance.environment import control_plane, obituary
from dapr_conformance.environment.attached import Attached, Attachment
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.environment.plan import Setting
from dapr_conformance.environment.presence import watch
from dapr_conformance.environment.rung import OWN, Rung, rung_view
from dapr_conformance.environment.start import ArenaFailedError, Environment
from dapr_conformance.errors import BlockedError
from dapr_conformance.probes import layout
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.coming import Coming
from dapr_conformance.probes.knowledge import Knowledge, learn
from dapr_conformance.probes.planting import edited
from dapr_conformance.requirement import Arena, PlantedFault, Requirement
from dapr_conformance.runtime.expectations import Expectations
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.model import Target
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Rule


@dataclass(frozen=True)
class Facts:
    """The fixed facts of one run; `worker` begins the names of what this process starts, where several start some."""

    target: Target
    siblings: tuple[Target, ...]
    runtime: Runtime
    expectations: Expectations
    warden: Warden
    folder: Path
    python: str
    plant: PlantedFault | None = None
    control_as_target: bool = False
    attribute: bool = True
    worker: str = ""
    attachment: Attachment | None = None


@dataclass
class Engine:
    """One run's arenas, judged one at a time; a ladder's rungs run beside the arena of the failed check.

    `agenda` is the arenas of the run in their order: the one behind the current one starts while that is judged.
    """

    facts: Facts
    agenda: Sequence[Arena] = ()
    knowledge: Knowledge = field(default_factory=Knowledge)
    deaths: dict[Arena, Obituary] = field(default_factory=dict)
    _current: tuple[Arena, Environment] | None = None
    _plane: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _coming: Coming | None = None
    _shown: bool = False
    _building: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, arena: Arena) -> Environment:
        """Give the running environment of an arena, starting it when another one runs or none does.

        Raises:
            ArenaFailedError: it did not start, now or earlier in this run.

        """
        if arena in self.deaths:
            raise ArenaFailedError(self.deaths[arena])
        if self._current is not None and self._current[0] == arena and not arena.exclusive:
            self._prepare_behind(arena)  # not before the first verdict, which somebody waits for
            return self._current[1]
        coming, self._coming = self._coming, None
        self.close_arena()
        if coming is not None and coming.arena == arena:
            environment = coming.environment()
        else:
            if coming is not None:
                coming.end()
            environment = self.start(arena, OWN)
        self._current = (arena, environment)
        if arena.app == "target" and not self._shown and environment.listens_nowhere:
            environment.presence = watch(environment)
        return environment

    def first_of_target(self) -> Environment | None:
        """Give the first environment of the target's own that runs, once."""
        if self._shown or self._current is None or self._current[0].app != "target":
            return None
        self._shown = True
        return self._current[1]

    def _prepare_behind(self, arena: Arena) -> None:
        """Begin to start the next arena if it can run beside this one: one app listens on its port only once."""
        rest = [each for each in self.agenda if each not in self.deaths]
        behind = rest[rest.index(arena) + 1 :] if arena in rest else []
        if self._coming is None and behind and arena.app == "control" and not behind[0].exclusive:
            self._coming = Coming(behind[0], lambda: self.start(behind[0], OWN))

    def start(self, arena: Arena, rung: Rung) -> Environment:
        """Start a fresh environment for an arena with what the rung replaces.

        Raises:
            ArenaFailedError: it did not start; nothing of it is left running.

        """
        environment = self._build(arena, rung)
        try:
            environment.start()
        except BaseException:
            environment.stop()
            raise
        environment.planted = tuple(self._planted_rules(rung))
        for name, rule in environment.planted:
            self.facts.warden.add_rule(f"{environment.unit.label}-{name}", rule)
        return environment

    def close_arena(self) -> None:
        """Stop the current arena, if one runs, and the one that comes."""
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.leave()
        if self._current is None:
            return
        _, environment = self._current
        self._current = None
        environment.stop()

    def learn_now(self) -> None:
        """Refresh what is known about the target from its running recorders."""
        if self._current is not None and self._current[0].app == "target":
            self.knowledge = learn(self._current[1])

    def mourn(self, arena: Arena, error: ArenaFailedError | BlockedError) -> Obituary:
        """Remember that an arena is gone, and give its death, which its remaining checks name."""
        death = error.death if isinstance(error, ArenaFailedError) else obituary.of_blocked(error)
        self.deaths[arena] = death
        if self._current is not None and self._current[0] == arena:
            environment = self._current[1]
            self._current = None
            environment.stop()
        return death

    def check(self, check_id: str, requirement: Requirement, environment: Environment, selection: Selection) -> Check:
        """Give the handle that the check function works with."""
        return Check(check_id, requirement, environment, environment.target, self.facts.expectations, selection)

    def _build(self, arena: Arena, rung: Rung) -> Environment:
        with self._building:  # a rung of the ladder may be built while the next arena is
            return self._built(arena, rung)

    def _built(self, arena: Arena, rung: Rung) -> Environment:
        facts = self.facts
        if facts.attachment is not None:
            return Attached(arena, facts.target, facts.warden, facts.attachment)
        self._count += 1
        target = layout.admitted(arena, edited(facts.target, facts.plant) if facts.plant else facts.target)
        setting = Setting(
            runtime=facts.runtime,
            folder=facts.folder / f"arena-{self._count}",
            label=f"{facts.worker}a{self._count}",
            python=facts.python,
            control_plane=self._control_plane(arena, rung),
            probe_recorder=facts.control_as_target,
        )
        control = self._control(arena, rung, target)
        reserve = facts.warden.reserve_ports
        plan = layout.planned(arena, rung, target, facts.siblings, setting, reserve, control)
        return Environment(plan, rung_view(target, rung), facts.warden)

    def _control_plane(self, arena: Arena, rung: Rung) -> dict[str, str]:
        if not layout.has_control_plane(arena, rung) or self.facts.control_as_target:
            return {}
        if not self._plane:
            facts = self.facts
            folder = facts.folder / "control-plane"
            self._plane = control_plane.start(facts.runtime, folder, facts.warden, facts.worker)
        return self._plane

    def _control(self, arena: Arena, rung: Rung, target: Target) -> ControlSpec | None:
        spec = layout.control_app(arena, rung, target, self.knowledge, always=self.facts.control_as_target)
        if spec is None:
            return None
        stands_in = arena.app == "control" or rung.app == "control"
        # Faults stand where the app under test stands, never in the control app that judges it.
        planted = self.facts.plant.seams if self.facts.plant and not stands_in else {}
        return replace(spec, faults=tuple(SeamFault(name, values) for name, values in planted.items()))

    def _planted_rules(self, rung: Rung) -> Iterable[tuple[str, Rule]]:
        return self.facts.plant.rules if self.facts.plant and rung is OWN else ()
