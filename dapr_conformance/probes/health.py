"""The health routes of an app: where they are, and what they answer while the sidecar is away, fails or is slow."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dapr_conformance.checkers.health_answer import disagreement
from dapr_conformance.grpc_message.services import HEALTH_CHECK
from dapr_conformance.probes import requests
from dapr_conformance.probes.load import Load
from dapr_conformance.probes.outcome import Unsupported, Violation
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import Exchange, Injection, Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_READY_LINE = "health: {ready: /...} in dapr-conformance.yaml"
_LIVE_LINE = "health: {live: /...} in dapr-conformance.yaml"
_CRITICAL_LINE = "health: {critical: [<component>]} in dapr-conformance.yaml"
UNREADY, ALIVE = "an app that was not ready", "an answer of a liveness route"
NOTICE_S = 5.0  # how rarely an app may look at what it needs
RECOVER_S = 10.0
ALIVE_S = 0.5  # daprd's default --app-health-probe-timeout
FINE, GONE, FAILING, OUTBOUND, SLOW = (
    "all is well",
    "the sidecar is gone",
    "the sidecar answers errors",
    "outbound health fails",
    "/v1.0/healthz is slow",
)
_COMPONENT = {" answers errors": "fail", " gives no answer": "refuse"}
ASKABLE = ("state", "pubsub", "secretstores", "configuration")
_READY_PATHS, _LIVE_PATHS = ("/readyz", "/ready"), ("/healthz", "/health")
_ABSENT = (None, 401, 403, 404, 405, 501)
_THRESHOLD = 3  # daprd's default --app-health-threshold
_PAUSE_S = 0.01
_ASK_S = 5.0
_SLOW_S = 2 * ALIVE_S
_OUTBOUND = Match(path=r"/v1\.0/healthz(/outbound)?(\?.*)?")
_HEALTHZ = Match(path=r"/v1\.0/healthz(\?.*)?")
_ERROR = '{"errorCode":"ERR_NOT_READY","message":"not ready (played by dapr-conformance)"}'


def ready_path(check: Check) -> str:
    """Give the route that tells whether the app is ready: the declared one, else a usual one that is there.

    Raises:
        Unsupported: there is none.

    """
    found = check.target.manifest.health.ready or next(iter(present(check, _READY_PATHS)), None)
    if found is None:
        raise Unsupported("no route tells whether the app is ready", _READY_LINE)
    return found


def live_paths(check: Check) -> tuple[str, ...]:
    """Give the routes that tell whether the app is alive: declared and probed ones, else usual ones that are there.

    Raises:
        Unsupported: there is none.

    """
    app = check.target.app
    probed = (app.health_check_path if app.protocol != "grpc" else None) or (
        _LIVE_PATHS[0] if app.health_check else None
    )
    declared = [path for path in (check.target.manifest.health.live, probed) if path]
    found = tuple("/" + path.lstrip("/") for path in dict.fromkeys(declared)) or present(check, _LIVE_PATHS)
    if not found:
        raise Unsupported("no route tells whether the app is alive", _LIVE_LINE)
    return found


def present(check: Check, paths: Sequence[str]) -> tuple[str, ...]:
    """Give those of the paths that are routes of the app: what is nowhere is answered otherwise."""
    nowhere = ask(check, f"/{check.fresh('dc-nowhere')}")
    return tuple(path for path in paths if _is_there(ask(check, path), nowhere))


def _is_there(answer: Exchange, nowhere: Exchange) -> bool:
    same = (answer.status, answer.response_body) == (nowhere.status, nowhere.response_body)
    return answer.status not in _ABSENT and not same and not 300 <= (answer.status or 0) < 400


def ask(check: Check, path: str, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
    """Ask for a health route as a prober does; a gRPC app is asked by the method that daprd's health checks call."""
    app = check.target.app
    method = HEALTH_CHECK if app.protocol == "grpc" and app.health_check and path == _LIVE_PATHS[0] else ""
    return check.inbound.send(Injection("GET", path, headers, timeout_s=_ASK_S, grpc_method=method))


def components_are_known(check: Check) -> None:
    """Look whether the declared critical components can be played.

    Raises:
        Unsupported: none is declared.
        Violation: one is none of the target's, or of a kind that cannot be asked whether it works.

    """
    manifest = check.target.manifest
    if not manifest.health.critical:
        raise Unsupported("no critical component is declared", _CRITICAL_LINE)
    askable = [component.name for component in check.target.components if component.block in ASKABLE]
    for name in manifest.health.critical:
        if name not in askable:
            expected = f"components of {', '.join(ASKABLE)} in health.critical: {', '.join(askable) or 'none is here'}"
            raise Violation(expected, name, attribution=Attribution.CONFIG, location=manifest.location)


def states(check: Check, path: str) -> list[str]:
    """Give the states of the sidecar and its components in which the app cannot be ready.

    That outbound health fails alone counts where the app asks for it.
    """
    since = check.outbound.mark()
    ask(check, path)
    asks = bool(check.outbound.exchanges(_OUTBOUND, since=since))
    components = [name + how for name in check.target.manifest.health.critical for how in _COMPONENT]
    return [GONE, FAILING, *([OUTBOUND] if asks else []), *components]


@contextlib.contextmanager
def playing(check: Check, state: str) -> Iterator[None]:
    """Put the sidecar, as the app sees it, into a state while the block runs."""
    with contextlib.ExitStack() as played:
        for recorder in (check.outbound, check.outbound_grpc) if state != FINE else ():
            played.enter_context(recorder.absent() if state == GONE else recorder.rule(_rule(state)))
        yield


def _rule(state: str) -> Rule:
    if state == SLOW:
        return Rule(_HEALTHZ, "delay", delay_s=_SLOW_S)
    match, action = {FAILING: Match(), OUTBOUND: _OUTBOUND}.get(state), "fail"
    if match is None:
        ending = next(how for how in _COMPONENT if state.endswith(how))
        match, action = _calls_of(state.removesuffix(ending)), _COMPONENT[ending]
    if action == "refuse":
        return Rule(match, action)
    return Rule(match, action, status=500, body=_ERROR, headers=(("content-type", "application/json"),))


def _calls_of(component: str) -> Match:
    return Match(path=rf"/v1\.0[^/]*/[^/]+(/bulk)?/{re.escape(component)}([/?].*)?")


def share(check: Check, path: str) -> float:
    """Give the part of the examples, at most half, that fits into half a minute: some apps look only now and then."""
    began = time.monotonic()
    with contextlib.suppress(Violation):
        becomes_unready(check, path, GONE, 1)
        becomes_ready(check, path, 1)
    return min(0.5, max(0.05, 0.3 / (time.monotonic() - began)))


def becomes_unready(check: Check, path: str, state: str, times: int) -> None:
    """Expect the app to be not ready soon in a state of its sidecar, several times in a row.

    Raises:
        Violation: it stays ready, or says something else than its status.

    """
    with playing(check, state):
        answer = _steadily(check, path, False, times, NOTICE_S)
    if answer is None:
        check.seen(UNREADY)
        return
    said = requests.said(answer)
    raise Violation(f"not 2xx from {path} within {NOTICE_S:g} s while {state}", said, calls=(answer,))


def becomes_ready(check: Check, path: str, times: int) -> None:
    """Expect the app to be ready soon, several times in a row; raises Violation if it is not."""
    answer = _steadily(check, path, True, times, RECOVER_S)
    if answer is not None:
        expected = f"2xx from {path} within {RECOVER_S:g} s while {FINE}"
        raise Violation(expected, requests.said(answer), calls=(answer,))


def _steadily(check: Check, path: str, ready: bool, times: int, limit_s: float) -> Exchange | None:
    """Ask until so many answers in a row are what is wanted; give None then, and at the limit one that is not."""
    deadline, in_a_row = time.monotonic() + limit_s, 0
    while True:
        answer = ask(check, path)
        _expect_agreement(answer)
        in_a_row = in_a_row + 1 if requests.ok(answer) is ready else 0
        if in_a_row == times:
            return None
        if time.monotonic() > deadline:
            return answer
        if not in_a_row:
            time.sleep(_PAUSE_S)


def _expect_agreement(answer: Exchange) -> None:
    said = disagreement(answer.status, answer.response_body)
    if said:
        expected = f"a body that agrees with the status {answer.status}"
        raise Violation(expected, f"{said!r}: {requests.said(answer)}", calls=(answer,))


def is_alive(check: Check, path: str, headers: tuple[tuple[str, str], ...], state: str, load: Load) -> None:
    """Expect a liveness route to answer in time, and well if all is well.

    Raises:
        Violation: no answer in time although this machine was not busy; not 2xx; body against status.

    """
    answer = _in_time(check, path, headers, state, load)
    check.seen(ALIVE)
    _expect_agreement(answer)
    if state == FINE and not requests.ok(answer):
        raise Violation(f"2xx from {path} while {FINE}", requests.said(answer), calls=(answer,))


def _in_time(check: Check, path: str, headers: tuple[tuple[str, str], ...], state: str, load: Load) -> Exchange:
    """Give an answer that came in time; on a busy machine only several late ones in a row count."""
    for _ in range(_THRESHOLD):
        since, began = check.outbound.mark(), time.monotonic()
        answer = ask(check, path, headers)
        took_s = time.monotonic() - began
        if answer.status is not None and took_s <= ALIVE_S:
            return answer
        if not load.machine_was_busy(began):
            break
        check.count("late answers of a machine that was busy", 1)
    waits = state == SLOW and check.outbound.exchanges(_HEALTHZ, since=since)
    why = "; it waits on /v1.0/healthz, which waits for this app" if waits else ""
    said = f"{requests.said(answer)} after {took_s:.2f} s{why}"
    raise Violation(f"an answer within {ALIVE_S:g} s under load while {state}", said, calls=(answer,))
