"""How a check says what it demands: sentence, source, arena, needs and the faults that it must catch.

A content file holds one property: a decorated function per vantage. The decorator adds data and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dapr_conformance.errors import HarnessError

if TYPE_CHECKING:  # a run without a target pays nothing for the warden's values
    from dapr_conformance.warden.protocol import Rule

VANTAGES = ("sidecar", "app")
LEVELS = ("must", "should")
CheckFunction = TypeVar("CheckFunction", bound=Callable[..., None])


@dataclass(frozen=True)
class Arena:
    """The running environment that a check needs, as data; checks with equal arenas share one.

    Args:
        app: `target`, or `control` for the generated known-good app in its place.
        peers: further sidecars: `caller` is one without an app, for calls from outside.
        policy: `scaled` shortens the app's own Resiliency (10 ms delays, at most 3 retries); `own` keeps it.
        topics: further topics that a control app subscribes to, so that deliveries run beside one another.
        twins: further sidecars of the app, which a check starts and ends, each with a recorder of its own.
        exclusive: true for an arena that no other check may share (it kills or restarts processes).

    """

    app: str = "target"
    peers: tuple[str, ...] = ()
    policy: str = "scaled"
    topics: int = 0
    twins: int = 0
    exclusive: bool = False


@dataclass(frozen=True)
class PlantedFault:
    """A fault that the check must catch, given as data.

    `seams` are faults of the control app, {name: arguments}; `rules` are recorder faults per recorder
    (`inbound`, `outbound`, `probe`: between the harness and the sidecar); `edit` names a change of the files.
    `verdict` is what the check has to say of it.
    """

    name: str
    seams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rules: tuple[tuple[str, Rule], ...] = ()
    edit: Mapping[str, str] = field(default_factory=dict)
    verdict: str = "failed"


def seam(name: str, *, verdict: str = "failed", **arguments: Any) -> PlantedFault:
    """Give a planted fault of the control app: the seam's fault `name` with its arguments."""
    label = name + "".join(f" {key}={value}" for key, value in sorted(arguments.items()))
    return PlantedFault(label, seams={name: arguments}, verdict=verdict)


def wire(name: str, *rules: tuple[str, Rule], verdict: str = "failed") -> PlantedFault:
    """Give a planted fault on the wire: (recorder, rule) pairs under one name."""
    return PlantedFault(name, rules=rules, verdict=verdict)


def files(name: str, *, verdict: str = "failed", **edit: str) -> PlantedFault:
    """Give a planted fault in the target's files; see `probes.planting` for the edits there are."""
    return PlantedFault(name, edit=edit, verdict=verdict)


@dataclass(frozen=True)
class Requirement:
    """What one check demands. `number` is the property's (1 to 30), None for a check outside the thirty."""

    sentence: str
    title: str
    block: str
    vantage: str
    source: str
    number: int | None = None
    level: str = "must"
    arena: Arena = field(default_factory=Arena)
    needs: tuple[str, ...] = ()
    broken_by: tuple[PlantedFault, ...] = ()
    api_only: bool = False


def requirement(
    sentence: str,
    *,
    title: str,
    block: str,
    vantage: str,
    source: str,
    number: int | None = None,
    level: str = "must",
    arena: Arena | None = None,
    needs: tuple[str, ...] = (),
    broken_by: tuple[PlantedFault, ...] = (),
    api_only: bool = False,
) -> Callable[[CheckFunction], CheckFunction]:
    """Mark a function `check(check: Check) -> None` as a check.

    Args:
        sentence: the MUST or SHOULD sentence that is judged.
        title: the property's short name.
        block: Dapr building block: `state`, `pubsub`, `service_invocation`, ...
        vantage: `sidecar` (is the ground solid?) or `app` (does the app keep the contract?).
        source: where the rule stands (Dapr document, specification, issue).
        number: the property's number.
        level: `must` or `should`.
        arena: the environment it needs; default `Arena()`.
        needs: building blocks of which the target's files must have a component.
        broken_by: planted faults that this check catches.
        api_only: it needs the sidecar's API and leave to write, so it can also judge a sidecar that runs already.

    Raises:
        HarnessError: for an unknown vantage or level.

    """
    _known("vantage", vantage, VANTAGES)
    _known("level", level, LEVELS)
    return _mark(
        Requirement(
            sentence, title, block, vantage, source, number, level, arena or Arena(), needs, broken_by, api_only
        )
    )


def _known(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise HarnessError(f"unknown {what} {value!r} in a requirement", allowed=allowed)


def _mark(value: Requirement) -> Callable[[CheckFunction], CheckFunction]:
    def mark(function: CheckFunction) -> CheckFunction:
        function.__dapr_requirement__ = value  # type: ignore[attr-defined]
        function.__test__ = True  # type: ignore[attr-defined]
        return function

    return mark


def requirement_of(function: object) -> Requirement | None:
    """Give the requirement that `function` was marked with, or None."""
    found = getattr(function, "__dapr_requirement__", None)
    return found if isinstance(found, Requirement) else None
