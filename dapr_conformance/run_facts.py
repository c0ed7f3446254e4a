"""The facts of a run that stand in the head of results.json: the run itself and its environment."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from dapr_conformance.environment.presence import WATCH_S
from dapr_conformance.environment.stand_ins import embedded
from dapr_conformance.ledger import utc_now
from dapr_conformance.runtime import expectations
from dapr_conformance.target.model import Target


def of_run(run_id: str, seed: int, command: str, *, strict: bool = False) -> dict[str, Any]:
    """Give `run` of results.json as it is known at the start; `command` is what was typed."""
    return {
        "id": run_id,
        "seed": seed,
        "started": utc_now(),
        "duration_s": 0.0,
        "harness": _version(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "exit_status": None,
        "command": command,
        "strict": strict,
    }


def of_environment(target: Target, infra: str) -> dict[str, Any]:
    """Give one of `environments` of results.json; the runtime's version is not known yet."""
    rows = _as_is(target) if infra == "as-is" else _stand_ins(target)
    backend = "attached" if infra == "as-is" else "process"
    return {"key": infra, "runtime_version": "", "backend": backend, "infra": infra, "components": rows}


def _stand_ins(target: Target) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "type": each.type,
            "declared_type": each.declared_type,
            "version": each.document["spec"].get("version", ""),
            "capabilities": [],
            "stand_in": each.replaced,
        }
        for each in embedded(target, Path()).stand_ins
    ]


def _as_is(target: Target) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "type": each.type,
            "declared_type": each.type,
            "version": each.version,
            "capabilities": each.document["spec"].get("capabilities") or [],
            "stand_in": False,
        }
        for each in target.components
    ]


def stand_in_notes(target: Target, infra: str) -> list[str]:
    """Say what runs in the place of the declared components, and what is left out."""
    if infra == "as-is":
        return []
    running = embedded(target, Path())
    swapped = [f"{s.name}: {s.declared_type} -> {s.type}" for s in running.stand_ins if s.replaced]
    notes = [f"judged on stand-ins: {', '.join(swapped)}"] if swapped else []
    return notes + [f"left out, no stand-in: {name}" for name in running.left_out]


def version_notes(version: str) -> list[str]:
    """Say so where what is expected of a Dapr version was not seen in a run of that version."""
    note = expectations.for_version(version).note
    return [note] if note else []


def kind_notes(target: Target) -> list[str]:
    """Say how an app is judged that listens on no port."""
    if target.app.port is not None or not target.app.command:
        return []
    watched = f"{target.app_id} has no appPort: it is watched for up to {WATCH_S:g} s, whether it calls its sidecar, "
    return [watched + "works for it or ends; what needs requests to the app is unsupported"]


def _version() -> str:
    try:
        return metadata.version("dapr-conformance")
    except metadata.PackageNotFoundError:
        return "source"
