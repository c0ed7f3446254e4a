"""Tell whether a Dapr app keeps Dapr's contracts: what a check file may import.

The names that drive a check are loaded on first use, so that a run without a target pays nothing for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dapr_conformance.requirement import Arena, PlantedFault, Requirement, files, requirement, seam, wire
from dapr_conformance.verdict import Attribution, Verdict
from dapr_conformance.warden.protocol import Exchange, Injection, Match, Rule

if TYPE_CHECKING:  # see the docstring
    from dapr_conformance.building_blocks.http import Reply
    from dapr_conformance.probes.check import Check
    from dapr_conformance.probes.outcome import Inconclusive, Unsupported, Violation

_LAZY = {
    "Check": "dapr_conformance.probes.check",
    "Inconclusive": "dapr_conformance.probes.outcome",
    "Reply": "dapr_conformance.building_blocks.http",
    "Unsupported": "dapr_conformance.probes.outcome",
    "Violation": "dapr_conformance.probes.outcome",
}

__all__ = [
    "Arena",
    "Attribution",
    "Check",
    "Exchange",
    "Inconclusive",
    "Injection",
    "Match",
    "PlantedFault",
    "Reply",
    "Requirement",
    "Rule",
    "Unsupported",
    "Verdict",
    "Violation",
    "files",
    "requirement",
    "seam",
    "wire",
]


def __getattr__(name: str) -> Any:
    """Load one of the names that drive a check."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
