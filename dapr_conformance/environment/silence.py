"""An app that runs but does not listen or answer where its sidecar calls: what it does instead, whose fault it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dapr_conformance.environment.waiting import LISTEN_S
from dapr_conformance.errors import Location
from dapr_conformance.target.model import App
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import Exchange

# What daprd asks an app before it is ready. Source: Dapr docs, reference/api, "optional application routes".
QUESTIONS = "/dapr/(config|subscribe)"


@dataclass(frozen=True)
class Silence:
    """Why an app is not reached on its port."""

    attribution: Attribution
    reason: str
    location: Location | None


def explain(app: App, listening: Sequence[Mapping[str, Any]], timeout_s: float) -> Silence:
    """Say why the app is not reached.

    Args:
        app: it has a port.
        listening: what its processes listen on: `port`, `address`, `reachable` (from 127.0.0.1).
        timeout_s: how long it was waited for.

    """
    name = f"the app {app.app_id!r}"
    addresses = [str(row["address"]) for row in listening if row["port"] == app.port]
    if addresses:
        where = " and ".join(addresses)
        reason = f"{name} listens on port {app.port} at {where} only, but the sidecar calls 127.0.0.1"
        return Silence(Attribution.APP, reason, app.location)
    ports = sorted({int(row["port"]) for row in listening if row["reachable"]})
    if ports:
        reason = f"{name} was said to listen on port {app.port} but listens on {_listed(ports)}: {_advice(app, ports)}"
        return Silence(Attribution.CONFIG, reason, app.port_location or app.location)
    reason = (
        f"{name} runs but did not listen on port {app.port}, its appPort, within {timeout_s:g} s "
        f"(the environment variable {LISTEN_S} changes how long it may take)"
    )
    return Silence(Attribution.APP, reason, app.location)


def unanswered(app: App, asked: Sequence[Exchange], timeout_s: float) -> Silence | None:
    """Say which question of its sidecar's the app leaves without an answer; None where there is none.

    Args:
        app: it listens on its port.
        asked: what its sidecar asked it, oldest first.
        timeout_s: how long it was waited for.

    """
    waiting = next((one for one in asked if one.ended_ns is None), None)
    if waiting is None:
        return None
    what = f"the app {app.app_id!r} has not {'ended' if waiting.response_start_ns else 'begun'} its answer"
    reason = (
        f"{what} to its sidecar's {waiting.method} {waiting.target} within {timeout_s:g} s ({LISTEN_S} changes that), "
        "and the sidecar is not ready before: answer at once, with 404 where there is nothing to say"
    )
    return Silence(Attribution.APP, reason, app.location)


def _listed(ports: Sequence[int]) -> str:
    return " and ".join(str(port) for port in ports)


def _advice(app: App, ports: Sequence[int]) -> str:
    port = str(ports[0]) if len(ports) == 1 else "<the one that serves its routes>"
    return f"set appPort: {port}" if app.port_location else f"give --dapr-app-port={port}"
