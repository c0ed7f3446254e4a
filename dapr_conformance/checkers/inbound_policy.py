"""What a Resiliency document says of the deliveries of one pub/sub component.

Rule: Dapr docs "Resiliency policies" and "Default resiliency policies" (operations/resiliency).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A policy of one of these names holds where a target names none; the most special first.
_DEFAULTS = ("DefaultPubsubComponentInbound", "DefaultComponentInbound", "DefaultComponent", "Default")
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class InboundPolicy:
    """How often and how long daprd tries to deliver one event.

    Attributes:
        max_retries: attempts after the first; None means without end, 0 that there is no retry policy.
        status_codes: inclusive ranges of HTTP statuses that are retried; empty means all.
        timeout_s: limit of one attempt, None for none.
        circuit_breaker: whether a circuit breaker stands before the attempts.

    """

    max_retries: int | None = 0
    status_codes: tuple[tuple[int, int], ...] = ()
    timeout_s: float | None = None
    circuit_breaker: bool = False

    def retries(self, status: int | None) -> bool:
        """Tell whether a failed attempt is repeated; `status` is None where there was no HTTP error status."""
        codes = self.status_codes
        return status is None or not codes or any(low <= status <= high for low, high in codes)


def inbound_policy(documents: Iterable[Mapping[str, Any]], component: str) -> InboundPolicy:
    """Give the policy for deliveries of a pub/sub component.

    Args:
        documents: Resiliency documents that the app's sidecar loads, in the order of their files.
        component: name of the pub/sub component.

    """
    policies: dict[str, dict[str, Any]] = {"retries": {}, "timeouts": {}, "circuitBreakers": {}}
    inbound: Mapping[str, Any] = {}
    for document in documents:
        spec = document.get("spec") or {}
        for kind, named in policies.items():
            named.update((spec.get("policies") or {}).get(kind) or {})
        components = (spec.get("targets") or {}).get("components") or {}
        inbound = (components.get(component) or {}).get("inbound") or inbound
    retry = _chosen(policies["retries"], inbound.get("retry"), "RetryPolicy")
    timeout = _chosen(policies["timeouts"], inbound.get("timeout"), "TimeoutPolicy")
    breaker = _chosen(policies["circuitBreakers"], inbound.get("circuitBreaker"), "CircuitBreakerPolicy")
    matching = (retry or {}).get("matching") or {}
    return InboundPolicy(
        max_retries=_retries(retry),
        status_codes=_ranges(str(matching.get("httpStatusCodes") or matching.get("httpstatuscodes") or "")),
        timeout_s=seconds(str(timeout)) if timeout else None,
        circuit_breaker=breaker is not None,
    )


def _chosen(named: Mapping[str, Any], name: str | None, ending: str) -> Any:
    names = [name] if name else [prefix + ending for prefix in _DEFAULTS]
    return next((named[each] or {} for each in names if each in named), None)


def _retries(retry: Mapping[str, Any] | None) -> int | None:
    if retry is None:
        return 0
    limit = int(retry.get("maxRetries", -1))
    return None if limit < 0 else limit


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    parts: Sequence[str] = [part.strip() for part in text.split(",") if part.strip()]
    bounds = [part.partition("-") for part in parts]
    return tuple((int(low), int(high or low)) for low, _, high in bounds)


def seconds(text: str) -> float | None:
    """Give the seconds of a Go duration such as `1m30s` or `500ms`; None if it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
