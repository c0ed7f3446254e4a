"""What an app that listens on no port turns out to be while it runs: a one-shot, a worker or a client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from dapr_conformance.building_blocks.metadata import Metadata
from dapr_conformance.environment.start import Environment
from dapr_conformance.environment.waiting import StillWaitingError, wait_until

WATCH_S = 10.0


@dataclass(frozen=True)
class Presence:
    """`kind` is `one-shot`, `worker` or `client`; `calls` is how often it called its sidecar in `watched_s` seconds."""

    kind: str
    what: str
    calls: int
    watched_s: float


def watch(environment: Environment) -> Presence:
    """Wait until the app ends or connects to its sidecar as a worker, for up to ten seconds.

    Raises:
        ArenaFailedError: it ended otherwise than with status 0, or its sidecar died.

    """
    began = time.monotonic()
    try:
        look = partial(_seen, environment)
        seen = wait_until("the app's end", look, timeout_s=WATCH_S, alive=environment.raise_if_dead)
    except StillWaitingError:
        seen = None
    kind, what = seen or ("client", "runs on")
    unit = environment.unit
    calls = sum(environment.warden.last_exchange_id(name) for name in (unit.outbound_http, unit.outbound_grpc))
    return Presence(kind, what, calls, time.monotonic() - began)


def _seen(environment: Environment) -> tuple[str, str] | None:
    state = environment.warden.process(environment.unit.app)
    if not state.running and state.exit_code == 0:
        return "one-shot", "ended with status 0"
    work = _work(Metadata(environment.api).read())
    return ("worker", work) if work else None


def _work(metadata: Mapping[str, Any]) -> str:
    """Say what the sidecar gives the app to do over connections that the app has opened."""
    streams = [s for s in metadata.get("subscriptions") or () if s.get("type") == "STREAMING"]
    workers = (metadata.get("workflows") or {}).get("connectedWorkers") or 0
    found = [f"subscribes to {s.get('topic')!r} by a stream" for s in streams]
    return ", ".join([*found, *(["works on workflows"] if workers else [])])
