"""Tell whether a Dapr app keeps Dapr's contracts: what a check file may import.

Most names are loaded on first use, so that a run without a target pays nothing for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Not lazy: the module of that name would stand in the place of the function.
from dapr_conformance.requirement import Arena, PlantedFault, Requirement, files, requirement, seam, wire

if TYPE_CHECKING:  # see the docstring
    from dapr_conformance.building_blocks.http import Reply
    from dapr_conformance.probes.check import Check
    from dapr_conformance.probes.outcome import Inconclusive, Unsupported, Violation
    from dapr_conformance.verdict import Attribution, Verdict
    from dapr_conformance.warden.protocol import Exchange, Injection, Match, Rule

_LAZY = {
    "Attribution": "dapr_conformance.verdict",
    "Check": "dapr_conformance.probes.check",
    "Exchange": "dapr_conformance.warden.protocol",
    "Inconclusive": "dapr_conformance.probes.outcome",
    "Injection": "dapr_conformance.warden.protocol",
    "Match": "dapr_conformance.warden.protocol",
    "Reply": "dapr_conformance.building_blocks.http",
    "Rule": "dapr_conformance.warden.protocol",
    "Unsupported": "dapr_conformance.probes.outcome",
    "Verdict": "dapr_conformance.verdict",
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
    """Load one of the names."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
