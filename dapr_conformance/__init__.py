"""Tell whether a Dapr app keeps Dapr's contracts: what a check file may import."""

from dapr_conformance.requirement import Arena, PlantedFault, Requirement, files, requirement, seam, wire
from dapr_conformance.verdict import Attribution, Verdict

__all__ = [
    "Arena",
    "Attribution",
    "PlantedFault",
    "Requirement",
    "Verdict",
    "files",
    "requirement",
    "seam",
    "wire",
]
