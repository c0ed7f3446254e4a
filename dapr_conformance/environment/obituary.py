"""Who killed what: from a dead process' last words to an attribution with its reason.

A signal that the warden did not send came from outside; a panic is daprd's own; daprd's exit while it
initialises a component is the configuration's; an app's exit is the app's.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from dapr_conformance.environment import unstarted
from dapr_conformance.errors import BlockedError, Location
from dapr_conformance.target.model import MetadataItem, Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import LogLine, ProcessState

# A process raises these against itself; any other signal was sent by somebody.
_OWN_SIGNALS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
_COMPONENT = re.compile(r"(?:INIT|CREATE)_COMPONENT_FAILURE\][^\n]*?(?:for|component) \[?([\w.-]+)")
_CONFIGURATION = re.compile(r"error loading configuration|detected duplicate actor state store|COMPONENT_FAILURE")
_RULE = re.compile(r"ERROR: <input>:\d+:\d+: (.*?)\\n \| (.*?)\\n")  # CEL's complaint, its line breaks escaped by daprd
_LOUD = re.compile(r'level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"')  # daprd's log lines
_TELLING = re.compile(r"error|exception|fatal|panic", re.IGNORECASE)  # as most languages' last words have it
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
    """Give the few of a dead process' last lines that tell why: its errors, or else the very last ones."""
    loud = [found[1].replace('\\"', '"') for line in lines if (found := _LOUD.search(line))]
    said = [line for line in lines if line.strip()]
    words = loud or [line for line in said if _TELLING.search(line)]
    return list(dict.fromkeys(words))[-_LINES:] or said[-_LINES:]


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
    if state.signal is not None and state.signal not in _OWN_SIGNALS and not state.ended_by_us:
        reason = f"{state.role} {state.name!r} {how(state)}, sent from outside this run"
        return Attribution.ENVIRONMENT, reason, None
    if state.role in ("app", "control", "sibling"):
        return Attribution.APP, unstarted.reason(state, text, target.app) or _of_app(state, target), target.app.location
    return _of_configuration(text, target) or (*_of_service(state, text), None)


def _of_service(state: ProcessState, text: str) -> tuple[Attribution, str]:
    name = f"{state.role} {state.name!r}"
    if "panic:" in text or "fatal error:" in text:
        return Attribution.RUNTIME, f"{name} panicked"
    if _PORT.search(text):
        return Attribution.ENVIRONMENT, f"{name} found a port of its own in use"
    return Attribution.RUNTIME, f"{name} {how(state)} by itself"


def _of_configuration(text: str, target: Target) -> tuple[Attribution, str, Location | None] | None:
    if "panic:" in text or _PORT.search(text):
        return None
    if (rule := _RULE.search(text)) is not None:
        return _bad_rule(rule[1], rule[2].replace('\\"', '"'), target)
    return _configuration(text, target) if _CONFIGURATION.search(text) else None


def _of_app(state: ProcessState, target: Target) -> str:
    ended = f"the app {how(state)} by itself"
    if state.exit_code == 0 and target.app.port is not None and state.role == "app":
        return f"{ended}, though its appPort says that it serves: start it in the foreground, or drop its appPort"
    return ended


def _bad_rule(problem: str, line: str, target: Target) -> tuple[Attribution, str, Location | None]:
    rules = [rule for one in target.subscriptions for rule in one.rules]
    location = next((rule.location for rule in rules if line.strip() in rule.match), None)
    said = f"daprd ends on a subscription's rule: `match: {line.strip()}` is no CEL expression ({problem})"
    return Attribution.CONFIG, f'{said}; write one such as event.type == "order.paid"', location


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
