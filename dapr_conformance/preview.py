"""What a run would start and judge, found without starting anything: for `dapr-conformance plan`.

It takes the steps that a run takes (`Run.load`, `Run.select`, `offer`, `layout`), so the two cannot disagree.
"""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dapr_conformance import content
from dapr_conformance.environment import stand_ins
from dapr_conformance.environment.plan import ArenaPlan, Setting, Unit
from dapr_conformance.environment.rung import OWN
from dapr_conformance.probes import layout
from dapr_conformance.probes.knowledge import Knowledge
from dapr_conformance.probes.offer import missing
from dapr_conformance.requirement import Arena, Requirement, requirement_of
from dapr_conformance.run import Run
from dapr_conformance.runtime.model import PROGRAMS, Runtime
from dapr_conformance.runtime.versions import DEFAULT
from dapr_conformance.target.manifest_keys import Key, undeclared

SCHEMA = "dapr-conformance/plan/1"
RESERVED = "reserved"
_FOLDER = Path("/run-folder")  # where a run has its temporary folder
_ABOVE_ALL_PORTS = 2**16  # a port that is not known before the run takes one
Checks = Sequence[tuple[str, Requirement]]


def preview(run: Run) -> dict[str, Any]:
    """Give what a run would start and judge, as plain JSON.

    Args:
        run: one whose target is loaded.

    Returns:
        `target`, `runtime_version`, `notes`, `components`, `arenas` in their order (each with `units`, `files`,
        `control_plane` and the ids of its `checks`), `unsupported` checks, and `undeclared` keys of the manifest,
        where what is discovered decides.

    """
    checks = _checks(run.options.environment)
    lacks = {check_id: missing(demand, run.target, run.chosen.attachment) for check_id, demand in checks}
    run.select([demand for _, demand in _in_order(checks)])
    runs = [check for check in checks if lacks[check[0]] is None]
    return {
        "schema": SCHEMA,
        "target": run.ledger.target,
        "runtime_version": _version(run),
        "notes": run.ledger.notes,
        "findings": [{"id": row.id, "actual": row.actual} for row in run.ledger.rows],
        "components": _components(run),
        "arenas": [_arena(number, arena, run, runs) for number, arena in enumerate(run.agenda, start=1)],
        "unsupported": [
            {"id": check_id, "reason": each.reason, "enable": each.enable} for check_id, each in lacks.items() if each
        ],
        "undeclared": [
            {"key": path, "meaning": key.meaning, "properties": list(key.properties)} for path, key in _open(run)
        ],
    }


def _open(run: Run) -> list[tuple[str, Key]]:
    """Give what the manifest leaves out; beside a sidecar that runs already no line of it changes anything."""
    target = run.target
    known = dict.fromkeys(each.topic for each in target.subscriptions if each.visible_to(target.app_id))
    named = {**known, **dict.fromkeys(target.manifest.topics)} or ("<name>",)
    return undeclared(target.manifest, named) if run.chosen.attachment is None else []


def _checks(environment: str) -> Checks:
    found = []
    for stem, function in content.all_checks():
        demand = requirement_of(function)
        assert demand is not None
        found.append((f"{stem}[{demand.vantage}]@{environment}", demand))
    return found


def _in_order(checks: Checks) -> Checks:
    """Keep the checks of one arena together, as arenas first appear: the order of a run (`collect.order`)."""
    arenas = list(dict.fromkeys(demand.arena for _, demand in checks))
    return sorted(checks, key=lambda check: arenas.index(check[1].arena))


def _version(run: Run) -> str:
    of_path = f"the one in {run.options.runtime_path}" if run.options.runtime_path else DEFAULT
    return run.options.runtime_version or of_path


def _components(run: Run) -> list[dict[str, Any]]:
    made = stand_ins.embedded(run.target, _FOLDER)
    runs = {each.name: each for each in made.stand_ins}
    found = []
    for component in run.target.components:
        here = runs.get(component.name)
        row = {"name": component.name, "declared_type": component.type, "type": here.type if here else None}
        found.append({**row, "dropped": list(here.dropped) if here else []})
    return found


def _arena(number: int, arena: Arena, run: Run, checks: Checks) -> dict[str, Any]:
    attached = run.chosen.attachment is not None
    return {
        "name": f"arena-{number}",
        "app": "as it runs" if attached else arena.app,
        "policy": arena.policy,
        "exclusive": arena.exclusive,
        "control_plane": ["placement", "scheduler"] if layout.has_control_plane(arena, OWN) and not attached else [],
        **({"units": [], "files": []} if attached else _started(number, arena, run)),
        "checks": [check_id for check_id, demand in checks if demand.arena == arena],
    }


def _started(number: int, arena: Arena, run: Run) -> dict[str, Any]:
    setting = Setting(
        _runtime(run.options.runtime_version or DEFAULT), _FOLDER / f"arena-{number}", f"a{number}", sys.executable
    )
    target = layout.admitted(arena, run.target)
    control = layout.control_app(arena, OWN, target, Knowledge())
    ports = itertools.count(_ABOVE_ALL_PORTS)
    plan = layout.planned(
        arena, OWN, target, run.siblings, setting, lambda count: itertools.islice(ports, count), control
    )
    return {
        "units": [_unit(unit, plan) for unit in (*plan.units, *plan.twins)],
        "files": sorted(str(path.relative_to(_FOLDER)) for path in plan.files),
    }


def _runtime(version: str) -> Runtime:
    return Runtime(version=version, source="", **{name: Path(name) for name in PROGRAMS})


def _unit(unit: Unit, plan: ArenaPlan) -> dict[str, Any]:
    app = next((process for process in unit.processes if process.name == unit.app), None)
    ports = {name: _port(number) for name, number in vars(unit.sidecar).items()}
    return {
        "role": _role(unit, plan),
        "app_id": unit.app_id,
        "app": {"command": shlex.join(app.argv), "kind": app.role, "port": _port(unit.app_port)} if app else None,
        "sidecar": {"process": unit.daprd, "ports": ports},
        "recorders": [
            {
                "name": each.name,
                "side": each.side,
                "protocol": each.protocol,
                "listens": _port(each.listen_port),
                "to": _port(each.upstream_port),
            }
            for each in unit.recorders
        ],
    }


def _role(unit: Unit, plan: ArenaPlan) -> str:
    if unit is plan.unit:
        return "control app" if plan.arena.app == "control" else "target"
    if unit is plan.caller:
        return "caller"
    return "twin" if unit in plan.twins else "sibling"


def _port(number: int | None) -> int | str | None:
    return RESERVED if number is not None and number >= _ABOVE_ALL_PORTS else number


def lines(plan: Mapping[str, Any]) -> list[str]:
    """Give a preview as text that can be read in a minute."""
    target = plan["target"]
    runs = sum(len(arena["checks"]) for arena in plan["arenas"])
    head = [f"{target['app_id']} from {target['source']} ({target['kind']}), beside Dapr {plan['runtime_version']}"]
    head += [
        f"{runs} checks in {len(plan['arenas'])} arena(s), {len(plan['unsupported'])} unsupported; nothing started"
    ]
    head += [f"note: {note}" for note in plan["notes"]]
    head += [f"finding: {row['id']}: {row['actual']}" for row in plan["findings"]]
    arenas = [line for arena in plan["arenas"] for line in _arena_lines(arena)]
    return [*head, *arenas, *_unsupported_lines(plan["unsupported"]), *_undeclared_lines(plan["undeclared"])]


def _arena_lines(arena: Mapping[str, Any]) -> list[str]:
    traits = [f"app: {arena['app']}", *(["exclusive"] if arena["exclusive"] else []), f"policy: {arena['policy']}"]
    plane = (
        [f"  control plane: {', '.join(arena['control_plane'])}, {RESERVED} ports"] if arena["control_plane"] else []
    )
    twins = [unit for unit in arena["units"] if unit["role"] == "twin"]
    units = [line for unit in arena["units"] if unit["role"] != "twin" for line in _unit_lines(unit)]
    more = [f"  {len(twins)} further sidecars of the app, {RESERVED} ports; a check starts them"] if twins else []
    written = ", ".join(dict.fromkeys(Path(path).name for path in arena["files"]))
    checks = [f"  judges {check}" for check in arena["checks"]]
    return [
        "",
        f"{arena['name']} ({', '.join(traits)})",
        *plane,
        *units,
        *more,
        *([f"  files: {written}"] if written else []),
        *checks,
    ]


def _unit_lines(unit: Mapping[str, Any]) -> list[str]:
    app = unit["app"]
    command = app["command"] if app and app["kind"] == "app" else "the generated control app" if app else "no app"
    on = f", port {app['port']}" if app and app["port"] else ""
    ports = [f"{name} {port}" for name, port in unit["sidecar"]["ports"].items() if port != RESERVED]
    listens = [f"{each['side']} {each['protocol']} {each['listens']}" for each in unit["recorders"]]
    told = f"    daprd: {', '.join(ports) or f'{RESERVED} ports'}; recorders: {', '.join(listens)}"
    return [f"  {unit['role']} {unit['app_id']}: {command}{on}", told]


def _unsupported_lines(rows: Sequence[Mapping[str, str]]) -> list[str]:
    told = [line for row in rows for line in (f"  {row['id']}: {row['reason']}", f"    enable: {row['enable']}")]
    return ["", "unsupported", *told] if told else []


def _undeclared_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    told = [f"  {row['key']} (property {', '.join(map(str, row['properties']))})" for row in rows]
    advice = "not declared in the manifest; what is discovered may stand in, else parts of these are unsupported"
    return ["", f"{advice} (dapr-conformance init writes what it finds)", *told] if told else []
