"""The four programs of one Dapr version."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("daprd", "placement", "scheduler", "sentry")


@dataclass(frozen=True)
class Runtime:
    """Absolute paths of the four programs of one Dapr version; `source` says in words where they come from."""

    version: str
    daprd: Path
    placement: Path
    scheduler: Path
    sentry: Path
    source: str


def is_program(path: Path) -> bool:
    """Tell whether a file is there and may be executed."""
    return path.is_file() and os.access(path, os.X_OK)


def runtime_in(folder: Path, version: str, source: str) -> Runtime | None:
    """Give the runtime whose four programs lie in `folder`, None where one of them is missing."""
    paths = {name: folder / name for name in PROGRAMS}
    if not all(is_program(path) for path in paths.values()):
        return None
    return Runtime(version=version, source=source, **paths)
