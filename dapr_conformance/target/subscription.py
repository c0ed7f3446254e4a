"""Subscription documents of both API versions.

Source: Dapr docs, "Subscription spec"; daprd turns `spec.route` of v1alpha1 into `spec.routes.default` of v2alpha1.
"""

from __future__ import annotations

from dapr_conformance.target.component import required
from dapr_conformance.target.fields import Field
from dapr_conformance.target.model import RoutingRule, Subscription

V1 = "dapr.io/v1alpha1"
V2 = "dapr.io/v2alpha1"


def subscription(document: Field) -> Subscription:
    """Read one Subscription document; `routes` are the paths of the rules in order, then the default.

    Raises:
        TargetError: `spec.topic` or `spec.pubsubname` is missing, or a key has a type that daprd cannot read.

    """
    spec = document.folded("spec")
    _check_bulk(spec.folded("bulkSubscribe"))
    dead_letter = spec.folded("deadLetterTopic")
    is_v1 = document.folded("apiVersion").daprd_text() == V1
    return Subscription(
        pubsubname=required(spec, "pubsubname"),
        topic=required(spec, "topic"),
        routes=_first_version_routes(spec) if is_v1 else _routes(spec.folded("routes")),
        dead_letter_topic=dead_letter.daprd_text() or None,
        scopes=document.folded("scopes").daprd_texts(),
        bulk=spec.folded("bulkSubscribe").folded("enabled").boolean(),
        metadata=spec.folded("metadata").daprd_text_map(),
        location=dead_letter.location if dead_letter.daprd_text() else document.location,
        pubsubname_location=spec.folded("pubsubname").location,
        document=document.mapping(),
        rules=() if is_v1 else _rules(spec.folded("routes")),
    )


def _check_bulk(bulk: Field) -> None:
    for key in ("maxMessagesCount", "maxAwaitDurationMs"):
        bulk.folded(key).integer()


def _first_version_routes(spec: Field) -> tuple[str, ...]:
    route = spec.folded("route").daprd_text()
    return (route,) if route else ()


def _rules(routes: Field) -> tuple[RoutingRule, ...]:
    matches = (rule.folded("match") for rule in routes.folded("rules").items())
    return tuple(RoutingRule(match.daprd_text(), match.location) for match in matches)


def _routes(routes: Field) -> tuple[str, ...]:
    rules = tuple(rule.folded("path").daprd_text() for rule in routes.folded("rules").items())
    default = routes.folded("default").daprd_text()
    return (*rules, default) if default else rules
