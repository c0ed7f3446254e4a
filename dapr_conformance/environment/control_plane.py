"""Placement and scheduler, started once for a run: actors, reminders, jobs and workflows need them."""

from __future__ import annotations

from pathlib import Path

from dapr_conformance.environment.sidecar import LOOPBACK, daprd_environment, placement_command, scheduler_command
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import ProcessSpec


def start(runtime: Runtime, folder: Path, warden: Warden, prefix: str = "") -> dict[str, str]:
    """Start placement and scheduler with data below `folder` and give their addresses, for daprd's flags.

    `prefix` begins the names of their processes.

    It does not wait: daprd and the app start beside them, and daprd's healthz waits for both.
    """
    ports = warden.reserve_ports(9)
    placement, scheduler = ports[:4], ports[4:]
    folder.mkdir(parents=True, exist_ok=True)
    for name, argv, held in (
        ("placement", placement_command(runtime, placement), placement),
        ("scheduler", scheduler_command(runtime, scheduler, folder), scheduler),
    ):
        warden.spawn(ProcessSpec(prefix + name, name, argv, daprd_environment(), str(folder), tuple(held)))
    return {"placement": f"{LOOPBACK}:{placement[0]}", "scheduler": f"{LOOPBACK}:{scheduler[0]}"}
