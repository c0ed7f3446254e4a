"""Which files, ports, recorders and processes one arena consists of. Pure: no I/O, so it can be printed and tested.

A *unit* is one app with its sidecar. An arena is the target's unit, its siblings' units and the peers asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.environment import configuration, stand_ins
from dapr_conformance.environment.sidecar import (
    SidecarPorts,
    app_environment,
    clean_environment,
    daprd_command,
    daprd_environment,
)
from dapr_conformance.environment.stand_ins import Embedded
from dapr_conformance.requirement import Arena
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.model import App, Target
from dapr_conformance.warden.protocol import INBOUND, OUTBOUND, ProcessSpec, RecorderSpec

CALLER = "dapr-conformance-caller"
PORTS_PER_UNIT = 11
_PYTHON_CONTROL = ("-P", "-m", "dapr_conformance.control")


@dataclass(frozen=True)
class Rung:
    """One step of the attribution ladder: what of the target's own is replaced by a known-good default."""

    name: str = "target"
    changed: str = "nothing"
    app: str = "target"
    default_configuration: bool = False
    default_components: bool = False


OWN = Rung()


@dataclass(frozen=True)
class Setting:
    """What a plan is made for: the run's fixed facts."""

    runtime: Runtime
    folder: Path
    label: str
    python: str
    control_plane: Mapping[str, str] = field(default_factory=dict)
    probe_recorder: bool = False


@dataclass(frozen=True)
class Unit:
    """One app with its sidecar: addresses, recorder names and what is to be started."""

    label: str
    app_id: str
    sidecar: SidecarPorts
    api_port: int
    app_port: int | None
    inbound: str | None
    outbound_http: str | None
    outbound_grpc: str | None
    probe: str | None
    recorders: tuple[RecorderSpec, ...]
    processes: tuple[ProcessSpec, ...]
    embedded: Embedded
    subscriptions: tuple[tuple[str, str], ...]

    @property
    def daprd(self) -> str:
        """Give the name of the sidecar's process."""
        return f"{self.label}-daprd"

    @property
    def app(self) -> str:
        """Give the name of the app's process."""
        return f"{self.label}-app"


@dataclass(frozen=True)
class ArenaPlan:
    """Everything one arena consists of. `files` are written before anything starts."""

    arena: Arena
    rung: Rung
    unit: Unit
    siblings: tuple[Unit, ...]
    caller: Unit | None
    files: Mapping[Path, str]

    @property
    def units(self) -> tuple[Unit, ...]:
        """Give all units, the target's first."""
        return (self.unit, *self.siblings, *((self.caller,) if self.caller else ()))


def plan_arena(
    arena: Arena,
    rung: Rung,
    target: Target,
    siblings: tuple[Target, ...],
    setting: Setting,
    ports: Iterator[int],
    control: ControlSpec | None,
) -> ArenaPlan:
    """Give the plan of one arena.

    Args:
        arena: what the check asked for.
        rung: what is replaced by a default.
        target: the app under test.
        siblings: one target per sibling app; they start as declared, without recorders.
        setting: the run's fixed facts; `folder` is this arena's own.
        ports: reserved ports to take from, `PORTS_PER_UNIT` for each unit.
        control: the known-good app's behaviour where it stands in the target's place.

    """
    files: dict[Path, str] = {}
    unit = _unit(setting.label, target, arena, rung, setting, ports, files, control)
    others = tuple(_sibling(sibling, arena, setting, ports, files) for sibling in siblings)
    caller = _caller(target, arena, setting, ports, files) if "caller" in arena.peers else None
    return ArenaPlan(arena, rung, unit, others, caller, files)


def _unit(
    label: str,
    target: Target,
    arena: Arena,
    rung: Rung,
    setting: Setting,
    ports: Iterator[int],
    files: dict[Path, str],
    control: ControlSpec | None,
) -> Unit:
    folder = setting.folder / label
    seen = rung_view(target, rung)
    embedded = stand_ins.embedded(seen, folder)
    _write_resources(seen, arena, embedded, setting.folder, folder, files)
    sidecar = SidecarPorts(*(next(ports) for _ in range(6)))
    app_port = target.app.port if control is None else next(ports)
    recorders, names = _recorders(label, app_port, sidecar, setting, ports)
    by_name = {spec.name: spec.listen_port for spec in recorders}
    inbound_port = by_name.get(f"{label}-inbound")
    processes = [_daprd(label, target, sidecar, inbound_port, setting, folder)]
    env = app_environment(
        target.app,
        app_port=app_port,
        http=by_name[f"{label}-outbound"],
        grpc=by_name[f"{label}-outbound-grpc"],
        metrics=sidecar.metrics,
    )
    if control is not None:
        files[folder / "control.json"] = control.dumps()
        processes.append(_control_process(label, setting, folder, env, app_port))
    elif target.app.command:
        processes.append(ProcessSpec(f"{label}-app", "app", target.app.command, env, str(target.app.directory)))
    return Unit(
        label=label,
        app_id=target.app_id,
        sidecar=sidecar,
        api_port=by_name.get(f"{label}-probe", sidecar.http),
        app_port=app_port,
        recorders=recorders,
        processes=tuple(processes),
        embedded=embedded,
        subscriptions=_expected_subscriptions(seen),
        **names,
    )


def rung_view(target: Target, rung: Rung) -> Target:
    """Give the target as one rung sees it: own files, or defaults in the place of what the rung replaces."""
    if rung.default_configuration:
        bare = tuple(replace(c, scopes=(), metadata=tuple(m for m in c.metadata if not _limits(m.name)))
                     for c in target.components)
        target = replace(target, components=bare, subscriptions=(), resiliencies=(), configuration=None, others=())
    if rung.default_components:
        plain = tuple(replace(c, metadata=tuple(m for m in c.metadata if m.name.lower() == "actorstatestore"))
                      for c in target.components)
        target = replace(target, components=plain)
    return target


def _limits(name: str) -> bool:
    return name.lower() in ("publishingscopes", "subscriptionscopes", "allowedtopics", "protectedtopics")


def _sibling(
    sibling: Target, arena: Arena, setting: Setting, ports: Iterator[int], files: dict[Path, str]
) -> Unit:
    return _unit(f"{setting.label}-sibling-{sibling.app_id}", sibling, arena, OWN, setting, ports, files, None)


def _caller(target: Target, arena: Arena, setting: Setting, ports: Iterator[int], files: dict[Path, str]) -> Unit:
    app = App(CALLER, setting.folder)
    bare = Target(app=app, source="peer", configuration=None)
    return _unit(f"{setting.label}-caller", bare, arena, OWN, setting, ports, files, None)


def _recorders(
    label: str, app_port: int | None, sidecar: SidecarPorts, setting: Setting, ports: Iterator[int]
) -> tuple[tuple[RecorderSpec, ...], dict[str, str | None]]:
    specs = [
        RecorderSpec(f"{label}-outbound", OUTBOUND, next(ports), sidecar.http),
        RecorderSpec(f"{label}-outbound-grpc", OUTBOUND, next(ports), sidecar.grpc, protocol="h2c"),
    ]
    if app_port is not None:
        specs.append(RecorderSpec(f"{label}-inbound", INBOUND, next(ports), app_port, listen_with_upstream=True))
    if setting.probe_recorder:
        specs.append(RecorderSpec(f"{label}-probe", OUTBOUND, next(ports), sidecar.http))
    names: dict[str, str | None] = {
        "outbound_http": f"{label}-outbound",
        "outbound_grpc": f"{label}-outbound-grpc",
        "inbound": f"{label}-inbound" if app_port is not None else None,
        "probe": f"{label}-probe" if setting.probe_recorder else None,
    }
    return tuple(specs), names


def _daprd(
    label: str, target: Target, ports: SidecarPorts, inbound: int | None, setting: Setting, folder: Path
) -> ProcessSpec:
    argv = daprd_command(
        setting.runtime,
        target.app,
        ports,
        app_port=inbound,
        resources=folder / "resources",
        configuration=folder / "configuration.yaml",
        control_plane=setting.control_plane,
    )
    held = (ports.http, ports.grpc, ports.internal, ports.metrics, ports.profile, ports.public)
    return ProcessSpec(f"{label}-daprd", "sidecar", argv, daprd_environment(), str(target.app.directory), held)


def _control_process(
    label: str, setting: Setting, folder: Path, env: Mapping[str, str], app_port: int | None
) -> ProcessSpec:
    argv = (setting.python, *_PYTHON_CONTROL, str(folder / "control.json"))
    package = str(Path(__file__).parent.parent.parent)
    values = {**clean_environment(), **env, "PYTHONPATH": package}
    held = (app_port,) if app_port is not None else ()
    return ProcessSpec(f"{label}-app", "control", argv, values, str(folder), held)


def _write_resources(
    target: Target, arena: Arena, embedded: Embedded, shared: Path, folder: Path, files: dict[Path, str]
) -> None:
    resources = folder / "resources"
    for stand_in in embedded.stand_ins:
        files[resources / f"component-{stand_in.name}.yaml"] = _yaml(stand_in.document)
    for path, values in embedded.files.items():
        files[path] = json.dumps(values)
    for number, subscription in enumerate(target.subscriptions):
        if subscription.location is not None:
            files[resources / f"subscription-{number}.yaml"] = _yaml(subscription.document)
    for number, resiliency in enumerate(target.resiliencies):
        own = configuration.typed(resiliency.document)
        document = configuration.scaled(own) if arena.policy == "scaled" else own
        files[resources / f"resiliency-{number}.yaml"] = _yaml(document)
    own_configuration = target.configuration.document if target.configuration else None
    document = configuration.configuration(own_configuration, shared / "names.db")
    files[folder / "configuration.yaml"] = _yaml(document)


def _expected_subscriptions(target: Target) -> tuple[tuple[str, str], ...]:
    return tuple((s.pubsubname, s.topic) for s in target.subscriptions if s.visible_to(target.app_id))


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(_plain(document), sort_keys=False, allow_unicode=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
