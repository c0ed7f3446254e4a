"""Property 24, health accuracy: health routes tell what is so, in time, and neither more nor less."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from dapr_conformance import Arena, Match, Rule, Unsupported, requirement, seam, wire
from dapr_conformance.probes import access, health, sidecar_starts
from dapr_conformance.probes.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable

    from dapr_conformance import Check

SOURCE = "Dapr docs: reference/api/health_api, operations/resiliency/health-checks"
Found = TypeVar("Found")
_TWINS = 6
_HEALTHZ = Match(path="/v1.0/healthz")
_APP = Match(path="/healthz")
# Each start is one way in which the app's health fails, and a time that the app comes late.
_STARTS = tuple({"fails": kind, "late_s": 0.05 * (1 + n)} for n, kind in enumerate(sidecar_starts.FAILURES))


@requirement(
    "The sidecar's health MUST be good exactly from when it can do its work, and an app MUST be called no more once "
    "its health checks have failed as often as is allowed, and again once one succeeds.",
    title="Health accuracy",
    block="health",
    vantage="sidecar",
    number=24,
    source=SOURCE,
    arena=Arena(app="control", twins=_TWINS),
    broken_by=(
        wire("healthz is good before the app is there", ("probe", Rule(_HEALTHZ, "alter_response", status=204))),
        wire(
            "outbound health is never good",
            ("probe", Rule(Match(path="/v1.0/healthz/outbound"), "alter_response", status=500)),
        ),
        wire(
            "one answer of healthz in fifty is wrong",
            ("probe", Rule(_HEALTHZ, "alter_response", status=500, skip=49, limit=1)),
            verdict="flaky",
        ),
        wire(
            "healthz knows any app id",
            ("probe", Rule(Match(path=r"/v1\.0/healthz\?.*"), "alter_response", status=204)),
        ),
        wire("the app's failures are not seen", ("inbound", Rule(_APP, "alter_response", status=200))),
        wire("an unhealthy app never recovers", ("inbound", Rule(_APP, "fail", status=503, skip=4))),
        wire(
            "an unhealthy app is called", ("probe", Rule(Match(path="/v1.0/invoke/.*"), "fail", status=200, body="{}"))
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge further sidecars of the app, each from its start until the app has failed and recovered."""
    twins = sidecar_starts.twins(check)

    def with_a_twin(check: Check, case: dict[str, Any]) -> None:
        with twins.one() as unit, sidecar_starts.started(check, unit) as start:
            sidecar_starts.stays_unready(start, case["late_s"])
            sidecar_starts.becomes_ready(start)
            access.refuse_closed_api(check.target, "invoke")
            sidecar_starts.admits_calls(start, "that is healthy")
            sidecar_starts.refuses_calls(start, case["fails"])
            sidecar_starts.admits_calls(start, f"whose health is good again ({case['fails']})")

    share = len(_STARTS) / 100
    check.for_all("health follows what is so", st.sampled_from(_STARTS), with_a_twin, width=_TWINS, share=share)


@requirement(
    "Readiness MUST NOT be 2xx while the sidecar is gone or fails or a critical component fails, and MUST recover "
    "within 10 s; liveness MUST answer within 500 ms and not wait on /v1.0/healthz; body and status MUST agree.",
    title="Health accuracy",
    block="health",
    vantage="app",
    number=24,
    source=SOURCE,
    arena=Arena(exclusive=True),
    broken_by=(
        seam("always_ready"),
        seam("ready_for_ever"),
        seam("never_ready_again"),
        seam("only_refusal_counts"),
        seam("only_errors_count"),
        seam("component_not_asked"),
        seam("says_ready"),
        seam("live_waits_on_healthz"),
        seam("live_slow"),
        seam("live_says_unhealthy"),
        seam("one_at_a_time", verdict="flaky"),
    ),
)
def app(check: Check) -> None:
    """Judge readiness while the sidecar is away or fails, and liveness under load."""
    check.once("critical components are known", health.components_are_known)
    _judge_readiness(check)
    _judge_liveness(check)


def _judge_readiness(check: Check) -> None:
    part = "readiness follows what the app needs"
    path = _found(check, part, health.ready_path)
    if path is None:
        return
    states = st.lists(st.sampled_from(health.states(check, path)), min_size=1, max_size=2)
    cases = st.fixed_dictionaries({"states": states, "times": st.integers(1, 2)})
    body, share = partial(_is_ready_when_it_can_be, path), health.share(check, path)
    check.for_all(part, cases, body, share=share, trigger=health.UNREADY)


def _found(check: Check, part: str, find: Callable[[Check], Found]) -> Found | None:
    """Give what the app is found to have, or None where this part does not run or has nothing to judge."""
    if check.selection.part not in (None, part):
        return None
    try:
        return find(check)
    except Unsupported as gap:
        check.once(part, partial(_raise, gap))
        return None


def _is_ready_when_it_can_be(path: str, check: Check, case: dict[str, Any]) -> None:
    health.becomes_ready(check, path, 1)
    for state in case["states"]:
        health.becomes_unready(check, path, state, case["times"])
    health.becomes_ready(check, path, case["times"])


def _judge_liveness(check: Check) -> None:
    part = "liveness answers under load"
    paths = _found(check, part, health.live_paths)
    if paths is None:
        return
    cases = st.fixed_dictionaries(
        {
            "path": st.sampled_from(paths),
            "state": st.sampled_from((health.FINE, health.SLOW, health.GONE, health.FAILING)),
            "prober": st.sampled_from(("Go-http-client/1.1", "kube-probe/1.31", "curl/8.5.0", "ELB-HealthChecker/2.0")),
            "times": st.integers(1, 3),
        }
    )
    with Load(check).running() as load:
        check.for_all(part, cases, partial(_is_alive, load), share=0.5, trigger=health.ALIVE)


def _is_alive(load: Load, check: Check, case: dict[str, Any]) -> None:
    with health.playing(check, case["state"]):
        for _ in range(case["times"]):
            health.is_alive(check, case["path"], (("User-Agent", case["prober"]),), case["state"], load)


def _raise(gap: Unsupported, _check: Check) -> None:
    raise gap
