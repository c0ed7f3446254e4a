"""One writer per format; every report is a pure function of the mapping that `results.json` holds."""

from dapr_conformance.reporting.writers import write_all

__all__ = ["write_all"]
