"""Who killed what: from a dead process' last words to an attribution with its reason.

A signal that the warden did not send came from outside; a panic is daprd's own; daprd's exit while it
initialises a component is the configuration's; an app's exit is the app's.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from dapr_conformance.errors import BlockedError, Location
from dapr_conformance.target.model import MetadataItem, Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import LogLine, ProcessState

# A process raises these against itself; any other signal was sent by somebody.
_OWN_SIGNALS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
_COMPONENT = re.compile(r"(?:INIT|CREATE)_COMPONENT_FAILURE\][^\n]*?(?:for|component) \[?([\w.-]+)")
_CONFIGURATION = re.compile(r"error loading configuration|detected duplicate actor state store|COMPONENT_FAILURE")
_UNSTARTED = re.compile(r"^(.*): cannot be started: (.*)$", re.MULTILINE)  # the warden's words, in the process' log
_LOUD = re.compile(r'level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"')  # daprd's log lines
_LINES = 3
_PORT = re.compile(r"address already in use|could not listen on any endpoint")


@dataclass(frozen=True)
class Obituary:
    """One death: which process, how it ended, whose fault it is and its last words."""

    process: str
    role: str
    how: str
    attribution: Attribution
    reason: str
    location: Location | None
    last_words: tuple[str, ...]


def write(state: ProcessState, logs: Sequence[LogLine], target: Target) -> Obituary:
    """Give the obituary of a dead process of one of the arena's units."""
    text = "\n".join(line.text for line in logs)
    attribution, reason, location = _cause(state, text, target)
    last = tuple(line.text for line in logs[-20:])
    return Obituary(state.name, state.role, how(state), attribution, reason, location, last)


def telling(lines: Sequence[str]) -> list[str]:
    """Give the few of a dead process' last lines that tell why: the sidecar's errors, or else the very last ones."""
    loud = [found[1].replace('\\"', '"') for line in lines if (found := _LOUD.search(line))]
    return list(dict.fromkeys(loud))[-_LINES:] or list(lines[-_LINES:])


def of_blocked(error: BlockedError) -> Obituary:
    """Give the obituary of an arena that the machine did not let start: a port in use, no port free."""
    return Obituary(
        "the environment", "environment", "could not start", Attribution.ENVIRONMENT, error.text(), error.location, ()
    )


def how(state: ProcessState) -> str:
    """Say how a process ended: by which signal or with which exit status."""
    if state.signal is not None:
        return f"was killed by {signal.Signals(state.signal).name}"
    return f"exited with status {state.exit_code}"


def _cause(state: ProcessState, text: str, target: Target) -> tuple[Attribution, str, Location | None]:
    name = f"{state.role} {state.name!r}"
    if state.signal is not None and state.signal not in _OWN_SIGNALS and not state.ended_by_us:
        return Attribution.ENVIRONMENT, f"{name} {how(state)}, sent from outside this run", None
    if state.role in ("app", "control", "sibling"):
        return Attribution.APP, _of_app(state, text), target.app.location
    if "panic:" in text or "fatal error:" in text:
        return Attribution.RUNTIME, f"{name} panicked", None
    if _PORT.search(text):
        return Attribution.ENVIRONMENT, f"{name} found a port of its own in use", None
    if _CONFIGURATION.search(text):
        return _configuration(text, target)
    return Attribution.RUNTIME, f"{name} {how(state)} by itself", None


def _of_app(state: ProcessState, text: str) -> str:
    unstarted = _UNSTARTED.search(text)
    if unstarted is not None and state.exit_code in (126, 127):
        return f"the app's command {unstarted[1]!r} cannot be started: {unstarted[2]}"
    return f"the app {how(state)} by itself"


def _configuration(text: str, target: Target) -> tuple[Attribution, str, Location | None]:
    if "duplicate actor state store" in text:
        return _two_actor_stores(target)
    for component in target.components:
        if re.search(rf"COMPONENT_FAILURE.*\b{re.escape(component.name)}\b", text):
            reason = f"daprd ended while it initialised the component {component.name!r} ({component.type})"
            return Attribution.CONFIG, reason, component.location
    location = target.configuration.location if target.configuration else None
    return Attribution.CONFIG, "daprd ended while it read its configuration", location


def _two_actor_stores(target: Target) -> tuple[Attribution, str, Location | None]:
    stores = [c for c in target.components_of("state") if any(_says_actor_store(m) for m in c.metadata)]
    names = " and ".join(f"{c.name!r} ({c.location})" for c in stores)
    reason = f"daprd allows one actor state store, and {names} say actorStateStore: true"
    return Attribution.CONFIG, reason, stores[-1].location if stores else None


def _says_actor_store(item: MetadataItem) -> bool:
    return item.name.lower() == "actorstatestore" and str(item.value).lower() in ("true", "1", "y", "yes", "t", "on")
