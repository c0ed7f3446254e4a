"""What a person should know of a run file that the Dapr CLI accepts: what has no effect here, what will not go well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from dapr_conformance.target.fields import Field
from dapr_conformance.target.model import App

OVERRIDDEN_ENV = frozenset(
    {
        "APP_CHANNEL_ADDRESS",
        "APP_ID",
        "APP_PORT",
        "APP_PROTOCOL",
        "DAPR_GRPC_ENDPOINT",
        "DAPR_GRPC_PORT",
        "DAPR_HTTP_ENDPOINT",
        "DAPR_HTTP_PORT",
        "DAPR_METRICS_PORT",
        "DAPR_PLACEMENT_HOST",
        "DAPR_PORT",
    }
)
_LOOPBACK = ("", "127.0.0.1", "localhost")
_SIDECARS_OWN = {3500: "HTTP", 50001: "gRPC"}


def of_app(section: Field, app: App) -> Iterator[str]:
    """Give the notes on one app, each with file and line."""
    if not section.child("appID").text():
        yield f"{app.location}: no `appID`, so the app id is the last part of `appDirPath`: {app.app_id}"
    if not app.command:
        image = section.child("containerImage").text()
        why = (
            f": `containerImage` {image} runs in Kubernetes only" if image else ", so only a sidecar is started for it"
        )
        yield f"{app.location}: the app {app.app_id!r} has no `command`{why}; add `command: [...]` to start it"
    if app.health_check_path and not app.health_check:
        yield f"{app.location}: `appHealthCheckPath` has no effect without `enableAppHealthCheck: true`"
    if section.child("appChannelAddress").text() not in _LOOPBACK:
        yield f"{section.child('appChannelAddress').location}: the app is called on 127.0.0.1, not on this address"
    if section.child("unixDomainSocket").text():
        yield f"{section.child('unixDomainSocket').location}: the sidecar listens on TCP ports, not on this socket"
    for name in sorted(OVERRIDDEN_ENV & app.env.keys()):
        yield f"{app.location}: `env` sets {name}={app.env[name]}; dapr-conformance sets its own value"


def of_ports(apps: tuple[App, ...]) -> Iterator[str]:
    """Give the notes on ports that meet."""
    for one, other in combinations(apps, 2):
        if one.port and one.port == other.port:
            same = f"`appPort` {other.port} is also that of the app {one.app_id!r}"
            yield f"{other.location}: {same}; give one of them another port"
    for app in apps:
        if app.port in _SIDECARS_OWN:
            taken = f"`appPort` {app.port} is the default port of the sidecar's {_SIDECARS_OWN[app.port]} API"
            yield f"{app.location}: {taken}; give the app another port"
