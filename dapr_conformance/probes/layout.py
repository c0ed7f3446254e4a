"""What the arena of a check consists of: the same for a run, which starts it, and for `dapr-conformance plan`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dapr_conformance.control.generate import generate
from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.environment.plan import PORTS_PER_UNIT, ArenaPlan, Setting, plan_arena
from dapr_conformance.environment.rung import OWN, Rung, rung_view
from dapr_conformance.probes import topics
from dapr_conformance.probes.knowledge import Knowledge
from dapr_conformance.requirement import Arena
from dapr_conformance.target.model import Target


def planned(
    arena: Arena,
    rung: Rung,
    target: Target,
    siblings: tuple[Target, ...],
    setting: Setting,
    reserve: Callable[[int], Iterable[int]],
    control: ControlSpec | None,
) -> ArenaPlan:
    """Give the plan of an arena.

    Args:
        arena: what the check asked for.
        rung: what is replaced by a default.
        target: the app under test, as `admitted` gives it.
        siblings: the other apps of the run file; those that this arena has none of are left out.
        setting: the run's fixed facts.
        reserve: gives that many ports.
        control: the known-good app's behaviour where it stands in the target's place.

    """
    present = siblings if arena.app == "target" and rung is OWN else ()
    units = 1 + len(present) + len(arena.peers) + arena.twins
    return plan_arena(arena, rung, target, present, setting, iter(tuple(reserve(PORTS_PER_UNIT * units))), control)


def admitted(arena: Arena, target: Target) -> Target:
    """Give the target as the arena has it: with the topics that the check adds admitted by its scopes."""
    return topics.admitted(target, arena.topics) if arena.topics else target


def has_control_plane(arena: Arena, rung: Rung) -> bool:
    """Tell whether placement and scheduler run: the control app hosts no actors, so only the target's own pay."""
    return arena.app == "target" and rung is OWN


def control_app(
    arena: Arena, rung: Rung, target: Target, known: Knowledge, *, always: bool = False
) -> ControlSpec | None:
    """Give the behaviour of the control app if it stands in the target's place here; `always` puts it there."""
    if arena.app != "control" and rung.app != "control" and not always:
        return None
    seen = rung_view(target, rung)
    return generate(
        seen,
        wire_subscriptions=known.subscriptions,
        answers=known.answers,
        effects=known.effects,
        extra_subscriptions=topics.probe_subscriptions(seen, arena.topics),
    )
