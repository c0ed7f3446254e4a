"""Placement and scheduler, started once for a run: actors, reminders, jobs and workflows need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.environment.sidecar import LOOPBACK, daprd_environment, placement_command, scheduler_command
from dapr_conformance.environment.waiting import wait_until
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import ProcessSpec

READY_S = 30.0


@dataclass(frozen=True)
class ControlPlane:
    """The running control plane: `addresses` by `placement` and `scheduler`, for daprd's flags."""

    addresses: Mapping[str, str]
    health_ports: tuple[int, int]

    def await_ready(self) -> None:
        """Wait until both answer 200 on their health ports.

        Raises:
            StillWaitingError: one of them did not.

        """
        for port in self.health_ports:
            wait_until("the control plane's healthz", _healthz(HttpClient(port)), timeout_s=READY_S)


def start(runtime: Runtime, folder: Path, warden: Warden) -> ControlPlane:
    """Start placement and scheduler with data below `folder`; does not wait, daprd and app start beside them."""
    ports = warden.reserve_ports(9)
    placement, scheduler = ports[:4], ports[4:]
    folder.mkdir(parents=True, exist_ok=True)
    for name, argv, held in (
        ("placement", placement_command(runtime, placement), placement),
        ("scheduler", scheduler_command(runtime, scheduler, folder), scheduler),
    ):
        warden.spawn(ProcessSpec(name, name, argv, daprd_environment(), str(folder), tuple(held)))
    addresses = {"placement": f"{LOOPBACK}:{placement[0]}", "scheduler": f"{LOOPBACK}:{scheduler[0]}"}
    return ControlPlane(addresses, (placement[1], scheduler[1]))


def _healthz(client: HttpClient) -> Callable[[], bool]:
    return lambda: client.call("GET", "/healthz").ok
