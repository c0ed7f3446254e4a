"""The Configuration and Resiliency documents of one arena, made from the target's own.

A run needs name resolution without multicast and tracing with a valid `traceparent`: daprd without a
`tracing` section sends an all-zero one.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCALED_DELAY = "10ms"
SCALED_RETRIES = 3


def configuration(own: Mapping[str, Any] | None, names_database: Path) -> dict[str, Any]:
    """Give the Configuration of a sidecar: the target's own (or none) with resolution and tracing set.

    Exporters are dropped (they name servers that do not run here); everything else of the target's stays.
    """
    document: dict[str, Any] = copy.deepcopy(dict(own)) if own else {}
    document.setdefault("apiVersion", "dapr.io/v1alpha1")
    document.setdefault("kind", "Configuration")
    document.setdefault("metadata", {"name": "dapr-conformance"})
    spec = document.get("spec")
    spec = document["spec"] = spec if isinstance(spec, dict) else {}
    tracing = spec.get("tracing")
    rate = tracing.get("samplingRate") if isinstance(tracing, dict) else None
    spec["tracing"] = {"samplingRate": str(rate) if rate not in (None, "") else "1"}
    spec.pop("mtls", None)
    spec["nameResolution"] = {
        "component": "sqlite",
        "version": "v1",
        "configuration": {"connectionString": str(names_database)},
    }
    return document


def scaled(resiliency: Mapping[str, Any]) -> dict[str, Any]:
    """Give a Resiliency whose retries wait 10 ms and end after 3, so that outcomes come fast and stay the same."""
    document = copy.deepcopy(dict(resiliency))
    policies = document.get("spec", {}).get("policies", {})
    for name, retry in (policies.get("retries") or {}).items():
        policies["retries"][name] = _scaled_retry(retry or {})
    for breaker in (policies.get("circuitBreakers") or {}).values():
        breaker["timeout"] = SCALED_DELAY
    return document


def _scaled_retry(retry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in retry.items() if key == "matching"}
    limit = int(retry.get("maxRetries", -1))
    retries = SCALED_RETRIES if limit < 0 else min(limit, SCALED_RETRIES)
    return {"policy": "constant", "duration": SCALED_DELAY, "maxRetries": retries, **kept}
