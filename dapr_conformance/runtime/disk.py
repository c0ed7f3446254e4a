"""Disk space: what a build needs, what the caches hold."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.cache import VARIABLE, Cache

GIGABYTE = 10**9
_COLD = 9 * GIGABYTE  # module cache 4, build cache 3, toolchain, temporary files and programs; measured for 1.18.2
_WARM = 2 * GIGABYTE  # temporary files and programs alone


def check(cache: Cache, version: str) -> None:
    """Make sure that a build finds room: 9 GB, less what Go's caches hold already, but at least 2 GB.

    Raises:
        RuntimeUnavailableError: it does not.

    """
    free = shutil.disk_usage(cache.root).free
    if free >= _COLD:
        return
    needed = max(_WARM, _COLD - held(cache))
    if free < needed:
        raise RuntimeUnavailableError(
            f"Building Dapr {version} needs {needed / GIGABYTE:.1f} GB of disk in {cache.root}; "
            f"{free / GIGABYTE:.1f} GB are free.",
            advice=f"Free some space, or set {VARIABLE} to a folder on a larger disk.",
        )


def held(cache: Cache) -> int:
    """Give the bytes of all that only builds need: Go's caches and toolchains."""
    return sum(_size(folder) for folder in cache.go.iterdir() if folder.is_dir())


def how_to_free(cache: Cache) -> str:
    """Say how large Go's caches are and how to be rid of them, as one line."""
    folder = shlex.quote(str(cache.go))
    return (
        f"{cache.go} holds {held(cache) / GIGABYTE:.1f} GB that only another build would use; "
        f"to delete it: chmod -R u+w {folder} && rm -rf {folder}"
    )


def _size(folder: Path) -> int:
    return sum(
        os.lstat(os.path.join(path, name)).st_size  # noqa: PTH118 - 200,000 Path objects would take seconds
        for path, _, names in os.walk(folder)
        for name in names
    )
