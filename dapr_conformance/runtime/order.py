"""What a step is asked for: the four programs of one Dapr version, in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.runtime.cache import Cache


@dataclass(frozen=True)
class Order:
    """One version that is to be got: for which cache, in which empty folder, reported where."""

    version: str
    cache: Cache
    place: Path
    report: Callable[[str], None]

    @property
    def programs(self) -> Path:
        """The folder in `place` that receives the four programs and nothing else."""
        return self.place / "bin"

    @property
    def log(self) -> Path:
        """The file with everything that the programs which are started meanwhile print."""
        return self.cache.log(self.version)
