"""The command lines of daprd, placement and scheduler, every address explicit and on 127.0.0.1."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.model import App

LOOPBACK = "127.0.0.1"
# Another harness', pytest's or Dapr's own settings in the caller's shell must not reach the processes.
_SCRUBBED = ("DAPR_", "APP_", "PYTEST_", "OTEL_", "KUBERNETES_")


@dataclass(frozen=True)
class SidecarPorts:
    """The six listening ports of one daprd."""

    http: int
    grpc: int
    internal: int
    metrics: int
    profile: int
    public: int


def clean_environment() -> dict[str, str]:
    """Give the caller's environment without settings that would steer daprd or an SDK."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_SCRUBBED) and k != "NAMESPACE"}


def daprd_environment() -> dict[str, str]:
    """Give daprd's environment: without `DAPR_HOST_IP` it dials out to learn its own address."""
    return {**clean_environment(), "DAPR_HOST_IP": LOOPBACK, "OTEL_BSP_SCHEDULE_DELAY": "100"}


def app_environment(app: App, *, app_port: int | None, http: int, grpc: int, metrics: int) -> dict[str, str]:
    """Give the app's environment as `dapr run` would, over what the run file declares."""
    values = {
        "APP_ID": app.app_id,
        "APP_PROTOCOL": app.protocol,
        "APP_CHANNEL_ADDRESS": LOOPBACK,
        "DAPR_HTTP_PORT": str(http),
        "DAPR_GRPC_PORT": str(grpc),
        "DAPR_METRICS_PORT": str(metrics),
    }
    if app_port is not None:
        values["APP_PORT"] = str(app_port)
    return {**clean_environment(), **app.env, **values}


def recorder_protocol(app: App) -> str:
    """Give what the recorder before the app speaks; what it does not know, as TLS, it passes on raw."""
    return app.protocol if app.protocol in ("grpc", "h2c") else "http1"


def daprd_command(
    runtime: Runtime,
    app: App,
    ports: SidecarPorts,
    *,
    app_port: int | None,
    resources: Path,
    configuration: Path,
    control_plane: Mapping[str, str],
) -> tuple[str, ...]:
    """Give daprd's argv; `app_port` is the inbound recorder's, `control_plane` the addresses by service."""
    flags: list[tuple[str, str]] = [
        ("app-id", app.app_id),
        ("dapr-http-port", str(ports.http)),
        ("dapr-grpc-port", str(ports.grpc)),
        ("dapr-internal-grpc-port", str(ports.internal)),
        ("metrics-port", str(ports.metrics)),
        ("profile-port", str(ports.profile)),
        ("dapr-public-port", str(ports.public)),
        ("dapr-listen-addresses", LOOPBACK),
        ("dapr-public-listen-address", LOOPBACK),
        ("metrics-listen-address", LOOPBACK),
        ("dapr-internal-grpc-listen-address", LOOPBACK),
        ("resources-path", str(resources)),
        ("config", str(configuration)),
    ]
    if app_port is not None:
        flags += [("app-port", str(app_port)), ("app-protocol", app.protocol)]
    flags += [(f"{name}-host-address", address) for name, address in sorted(control_plane.items())]
    flags += sorted(app.daprd_flags.items())
    return (str(runtime.daprd), *_flat(flags), *_health_check(app))


def _flat(flags: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(part for name, value in flags for part in (f"--{name}", value))


def _health_check(app: App) -> tuple[str, ...]:
    if not app.health_check:
        return ()
    path = ("--app-health-check-path", app.health_check_path) if app.health_check_path else ()
    return ("--enable-app-health-check", *path)


def placement_command(runtime: Runtime, ports: Sequence[int]) -> tuple[str, ...]:
    """Give placement's argv; `ports` are API, health, metrics and raft."""
    api, health, metrics, raft = ports
    flags = [
        ("id", "dapr-placement-0"),
        ("port", str(api)),
        ("listen-address", LOOPBACK),
        ("healthz-port", str(health)),
        ("healthz-listen-address", LOOPBACK),
        ("metrics-port", str(metrics)),
        ("metrics-listen-address", LOOPBACK),
        ("initial-cluster", f"dapr-placement-0={LOOPBACK}:{raft}"),
    ]
    return (str(runtime.placement), *_flat(flags))


def scheduler_command(runtime: Runtime, ports: Sequence[int], folder: Path) -> tuple[str, ...]:
    """Give scheduler's argv; `ports` are API, health, metrics, etcd peer and etcd client; data goes below `folder`."""
    api, health, metrics, peer, client = ports
    name = "dapr-scheduler-server-0"
    flags = [
        ("id", name),
        ("port", str(api)),
        ("listen-address", LOOPBACK),
        ("healthz-port", str(health)),
        ("healthz-listen-address", LOOPBACK),
        ("metrics-port", str(metrics)),
        ("metrics-listen-address", LOOPBACK),
        ("etcd-data-dir", str(folder / "etcd")),
    ]
    own = expectations.for_version(runtime.version).scheduler_flags(
        id=name, peer=f"{LOOPBACK}:{peer}", api=f"{LOOPBACK}:{api}", client_port=str(client), folder=str(folder)
    )
    return (str(runtime.scheduler), *_flat([*flags, *own.items()]))
