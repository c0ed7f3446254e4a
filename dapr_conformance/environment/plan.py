"""Which files, ports, recorders and processes one arena consists of. Pure: no I/O, so it can be printed and tested.

A *unit* is one app with its sidecar. An arena is the target's unit, its siblings' units and the peers asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.environment import configuration, resource_text, stand_ins
from dapr_conformance.environment.rung import Rung, rung_view
from dapr_conformance.environment.sidecar import (
    SidecarPorts,
    app_environment,
    daprd_command,
    daprd_environment,
    recorder_protocol,
)
from dapr_conformance.environment.stand_ins import Embedded
from dapr_conformance.requirement import Arena
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.model import App, Target
from dapr_conformance.warden.protocol import INBOUND, OUTBOUND, ProcessSpec, RecorderSpec

CALLER = "dapr-conformance-caller"
PORTS_PER_UNIT = 11
TWIN_INTERVAL_S, TWIN_TIMEOUT_S, TWIN_THRESHOLD = 1, 0.3, 2  # of a twin's health checks of the app
_TWIN_FLAGS = (
    *("--app-health-probe-interval", str(TWIN_INTERVAL_S)),
    *("--app-health-probe-timeout", str(round(TWIN_TIMEOUT_S * 1000))),
    *("--app-health-threshold", str(TWIN_THRESHOLD)),
)
_PROBE_INTERVAL_S, _ASKING_S = 5, 5.0  # daprd's default --app-health-probe-interval, and what it takes beyond that
_ENCRYPTED = ("https", "grpcs")  # recorders do not see what is asked
_PYTHON_CONTROL = ("-P", "-m", "dapr_conformance.control")


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
    """One app with its sidecar: addresses, recorder names and what is to be started.

    `literal_ports` are those that the app itself insists on, as in `App.literal_ports`; the control app has none.
    `asked_within_s` is how long the sidecar may take, once its own health is good, to ask the app for its
    subscriptions; 0 where it has asked before, asks for none, or asks unseen.
    """

    label: str
    app_id: str
    resources: Path
    sidecar: SidecarPorts
    api_port: int
    app_port: int | None
    recorders: tuple[RecorderSpec, ...]
    processes: tuple[ProcessSpec, ...]
    embedded: Embedded
    subscriptions: tuple[tuple[str, str], ...]
    literal_ports: Mapping[int, str]
    asked_within_s: float = 0.0

    @property
    def inbound(self) -> str | None:
        """Give the name of the recorder between daprd and the app, None for an app without a port."""
        return f"{self.label}-inbound" if self.app_port is not None else None

    @property
    def outbound_http(self) -> str:
        """Give the name of the recorder between the app and daprd's HTTP API."""
        return f"{self.label}-outbound"

    @property
    def outbound_grpc(self) -> str:
        """Give the name of the recorder between the app and daprd's gRPC API."""
        return f"{self.label}-outbound-grpc"

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
    """Everything one arena consists of. `folders` and `files` are written before anything starts."""

    arena: Arena
    rung: Rung
    unit: Unit
    siblings: tuple[Unit, ...]
    caller: Unit | None
    twins: tuple[Unit, ...]
    files: Mapping[Path, str]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Give the folders that must exist: daprd exits on a resources path that is not there."""
        return tuple(unit.resources for unit in (*self.units, *self.twins))

    @property
    def units(self) -> tuple[Unit, ...]:
        """Give all units that start with the arena, the target's first; twins are started by a check."""
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
    builder = _Builder(arena, rung, setting, ports, {}, {each.app.port for each in (target, *siblings)})
    if control is not None:  # the known-good app speaks HTTP, whatever the target speaks
        target = replace(target, app=replace(target.app, protocol="http"))
    unit = builder.unit(setting.label, target, control)
    others = tuple(builder.sibling(sibling) for sibling in siblings)
    caller = builder.caller() if "caller" in arena.peers else None
    twins = tuple(builder.twin(number, target, unit) for number in range(arena.twins))
    return ArenaPlan(arena, rung, unit, others, caller, twins, builder.files)


@dataclass(frozen=True)
class _Builder:
    """Makes the units of one arena, one after another; `files` collects what has to be written.

    `insisted` are the ports that apps of the arena insist on, as far as they have them.
    """

    arena: Arena
    rung: Rung
    setting: Setting
    ports: Iterator[int]
    files: dict[Path, str]
    insisted: set[int | None]

    def unit(self, label: str, target: Target, control: ControlSpec | None) -> Unit:
        folder = self.setting.folder / label
        seen = rung_view(target, self.rung)
        embedded = stand_ins.embedded(seen, folder)
        self._write(seen, embedded, folder)
        sidecar = SidecarPorts(*(next(self.ports) for _ in range(6)))
        app_port = target.app.port if control is None else next(self.ports)
        insisting = target.app if control is None else App(target.app_id, folder)  # the control app does as it is told
        recorders = self._recorders(label, app_port, sidecar, insisting)
        listen = {spec.name: spec.listen_port for spec in recorders}
        app = self._app(label, target, control, app_port, sidecar, listen)
        daprd = self._daprd(label, target, sidecar, listen.get(f"{label}-inbound"))
        return Unit(
            label=label,
            app_id=target.app_id,
            resources=folder / "resources",
            sidecar=sidecar,
            api_port=listen.get(f"{label}-probe", sidecar.http),
            app_port=app_port,
            recorders=recorders,
            processes=(daprd, *app),
            embedded=embedded,
            subscriptions=_expected_subscriptions(seen),
            literal_ports=insisting.literal_ports,
            asked_within_s=_asked_within_s(target) if app_port is not None else 0.0,
        )

    def sibling(self, sibling: Target) -> Unit:
        return self.unit(f"{self.setting.label}-sibling-{sibling.app_id}", sibling, None)

    def caller(self) -> Unit:
        bare = Target(app=App(CALLER, self.setting.folder), source="peer")
        return self.unit(f"{self.setting.label}-caller", bare, None)

    def twin(self, number: int, target: Target, unit: Unit) -> Unit:
        """Give a further sidecar before the unit's app, one that looks at the app's health often."""
        app = replace(target.app, command=(), port=unit.app_port, health_check=True)
        app = replace(app, dapr_http_port=None, dapr_grpc_port=None)
        made = self.unit(f"{self.setting.label}-twin-{number}", replace(target, app=app), None)
        return replace(made, processes=tuple(replace(p, argv=(*p.argv, *_TWIN_FLAGS)) for p in made.processes))

    def _recorders(self, label: str, app_port: int | None, sidecar: SidecarPorts, app: App) -> tuple[RecorderSpec, ...]:
        port = self.ports
        http, grpc = self._insisted(app.dapr_http_port), self._insisted(app.dapr_grpc_port)
        specs = [
            RecorderSpec(f"{label}-outbound", OUTBOUND, http, sidecar.http),
            RecorderSpec(f"{label}-outbound-grpc", OUTBOUND, grpc, sidecar.grpc, protocol="h2c"),
        ]
        if app_port is not None:
            specs.append(RecorderSpec(f"{label}-inbound", INBOUND, next(port), app_port, recorder_protocol(app), True))
        if self.setting.probe_recorder:
            specs.append(RecorderSpec(f"{label}-probe", OUTBOUND, next(port), sidecar.http))
        return tuple(specs)

    def _insisted(self, port: int | None) -> int:
        """Give the port that an app perhaps has in its code for its sidecar; of two apps with the same, the first."""
        if port is None or port in self.insisted:
            return next(self.ports)
        self.insisted.add(port)
        return port

    def _daprd(self, label: str, target: Target, ports: SidecarPorts, inbound: int | None) -> ProcessSpec:
        folder = self.setting.folder / label
        argv = daprd_command(
            self.setting.runtime,
            target.app,
            ports,
            app_port=inbound,
            resources=folder / "resources",
            configuration=folder / "configuration.yaml",
            control_plane=self.setting.control_plane,
        )
        held = (ports.http, ports.grpc, ports.internal, ports.metrics, ports.profile, ports.public)
        return ProcessSpec(f"{label}-daprd", "sidecar", argv, daprd_environment(), str(target.app.directory), held)

    def _app(
        self,
        label: str,
        target: Target,
        control: ControlSpec | None,
        app_port: int | None,
        sidecar: SidecarPorts,
        listen: Mapping[str, int],
    ) -> tuple[ProcessSpec, ...]:
        http, grpc = listen[f"{label}-outbound"], listen[f"{label}-outbound-grpc"]
        env = app_environment(target.app, app_port=app_port, http=http, grpc=grpc, metrics=sidecar.metrics)
        name, app = f"{label}-app", target.app
        if control is None:
            held = (app.port,) if app.port else ()
            return (ProcessSpec(name, "app", app.command, env, str(app.directory), held),) if app.command else ()
        folder = self.setting.folder / label
        self.files[folder / "control.json"] = control.dumps()
        argv = (self.setting.python, *_PYTHON_CONTROL, str(folder / "control.json"))
        env["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
        held = (app_port,) if app_port is not None else ()
        return (ProcessSpec(name, "control", argv, env, str(folder), held),)

    def _write(self, target: Target, embedded: Embedded, folder: Path) -> None:
        documents = {f"component-{each.name}": each.document for each in embedded.stand_ins}
        for number, subscription in enumerate(target.subscriptions):
            documents[f"subscription-{number}"] = subscription.document
        for number, resiliency in enumerate(target.resiliencies):
            own = resiliency.document
            documents[f"resiliency-{number}"] = configuration.scaled(own) if self.arena.policy == "scaled" else own
        for name, document in documents.items():
            self.files[folder / "resources" / f"{name}.yaml"] = resource_text.yaml_text(document)
        self.files.update({path: json.dumps(values) for path, values in embedded.files.items()})
        own_configuration = target.configuration.document if target.configuration else None
        document = configuration.configuration(own_configuration, self.setting.folder / "names.db")
        self.files[folder / "configuration.yaml"] = resource_text.yaml_text(document)


def _asked_within_s(target: Target) -> float:
    app = target.app
    if not app.health_check or not target.components_of("pubsub") or app.protocol in _ENCRYPTED:
        return 0.0
    return _ASKING_S + 2 * float(app.daprd_flags.get("app-health-probe-interval", _PROBE_INTERVAL_S))


def _expected_subscriptions(target: Target) -> tuple[tuple[str, str], ...]:
    return tuple((s.pubsubname, s.topic) for s in target.subscriptions if s.visible_to(target.app_id))
