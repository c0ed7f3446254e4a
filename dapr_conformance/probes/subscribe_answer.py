"""The row of vantage `system` about what an app answered when daprd asked it for its subscriptions.

Source: Dapr docs, reference/api/pubsub_api, "optional application routes". daprd asks once, writes an error to its log
where it cannot use the answer, and becomes ready without any subscription; nothing else shows it.
"""

from __future__ import annotations

from typing import Any

from dapr_conformance.probes.evidence import of_call
from dapr_conformance.target.model import Target
from dapr_conformance.target.wire_subscriptions import parse
from dapr_conformance.verdict import Attribution, CheckResult, Verdict
from dapr_conformance.warden.protocol import Exchange

_SHOWN_BYTES = 200


def row(target: Target, answer: Exchange | None, environment: str, command: str) -> CheckResult | None:
    """Give the row of an answer that daprd cannot use; None for any other, and where the app has no pub/sub component.

    An app that answers every path alike may mean nothing by it: where it says nothing of subscriptions, it is warned.

    Args:
        target: the app.
        answer: what it answered to `GET /dapr/subscribe`, if it was asked and has answered.
        environment: the key of the environment in results.json.
        command: the command line that repeats the run.

    """
    problem = _problem(answer) if answer is not None and target.components_of("pubsub") else None
    if answer is None or problem is None:
        return None
    body = answer.response_body[:_SHOWN_BYTES].decode(errors="replace")
    return _row(
        target,
        environment,
        command,
        requirement="An app MUST answer GET /dapr/subscribe with 200 and an array of subscriptions, or with 404.",
        source="Dapr docs: reference/api/pubsub_api",
        verdict=Verdict.FAILED if _is_meant(answer) else Verdict.WARNED,
        reason=f"{problem}; daprd asks once, so no event reaches the app by it while the sidecar runs",
        expected='200 with [{"pubsubname": ..., "topic": ..., "route": ...}], or 404 where there is none',
        actual=f"GET /dapr/subscribe -> {answer.status} {body}".rstrip(),
        evidence=(of_call(answer),),
    )


def never_asked(target: Target, within_s: float, environment: str, command: str) -> CheckResult:
    """Give the row of an app with health checks of which none succeeded within `within_s` seconds."""
    path = target.app.health_check_path or "/healthz"
    return _row(
        target,
        environment,
        command,
        requirement="An app with health checks MUST become healthy: daprd asks it for its subscriptions, and calls it, "
        "only then.",
        source="Dapr docs: operations/resiliency/health-checks/app-health",
        verdict=Verdict.WARNED,
        reason="the app was not asked for its subscriptions, so what it subscribes itself is not judged",
        expected=f"a health check of the app at {path} that succeeds within {within_s:g} s",
        actual="none: daprd has not asked for GET /dapr/subscribe",
    )


def _row(target: Target, environment: str, command: str, **said: Any) -> CheckResult:
    location = target.app.location
    return CheckResult.of_system(
        "system/app_tells_its_subscriptions",
        "property",
        environment,
        command,
        title="app tells its subscriptions",
        block="pubsub",
        attribution=Attribution.APP,
        location=location.to_json() if location else None,
        **said,
    )


def _problem(answer: Exchange) -> str | None:
    if answer.status == 404:
        return None
    if answer.status != 200:
        return f"the app answers status {answer.status} to GET /dapr/subscribe"
    body = answer.response_body
    if answer.outcome != "complete" or answer.response_length != len(body):
        # Of a part only its beginning tells something: daprd reads no further where no JSON can begin.
        return "daprd cannot read the answer and subscribes to nothing: not JSON" if _is_no_json(body) else None
    return "; ".join(parse(body).problems) or None


def _is_no_json(body: bytes) -> bool:
    first = body.lstrip()[:1]
    return bool(first) and first not in b'[{"ntf-0123456789'


def _is_meant(answer: Exchange) -> bool:
    broken = (answer.status or 0) >= 500
    return broken or (answer.status == 200 and answer.response_body.lstrip()[:1] in (b"[", b"{"))
