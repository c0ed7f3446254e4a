"""The Dapr versions that are here, the cache for others, and the Go that would build one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from dapr_conformance.doctor.finding import Finding
from dapr_conformance.doctor.programs import DEADLINE
from dapr_conformance.errors import ConformanceError, RuntimeUnavailableError
from dapr_conformance.runtime import search, stock
from dapr_conformance.runtime.cache import VARIABLE, Cache, default_root
from dapr_conformance.runtime.disk import GIGABYTE
from dapr_conformance.runtime.go_lines import built_by
from dapr_conformance.runtime.toolchain import go_at
from dapr_conformance.runtime.versions import DEFAULT, supported

_GET = (
    f"dapr-conformance runtime install {DEFAULT} (container image or release archives: 400 MB and a minute or two; "
    "else a build: 9 GB and ten minutes)"
)


def runtimes() -> list[Finding]:
    """Give each Dapr version on PATH, in the Dapr CLI's folder and in the cache; the default one even if missing."""
    found = [*_installed(), *_cached()]
    if any(finding.runtime == DEFAULT for finding in found):
        return found
    missing = "neither on PATH nor in ~/.dapr/bin nor in the cache"
    return [Finding(f"Dapr {DEFAULT}", missing, "every run, by default", _GET, found=False), *found]


def _use(version: str) -> str:
    return "every run, by default" if version == DEFAULT else f"--dapr-runtime-version={version}"


def _installed() -> Iterator[Finding]:
    for daprd, place in search.candidates():
        version = search.daprd_version(daprd, DEADLINE)
        why: list[str] = []
        try:
            usable = search.completed(daprd, supported(version), place, why.append)
        except ConformanceError as error:
            why.append(f"{daprd} says {version!r}: {error.problem}")
            usable = None
        name = f"Dapr {version or '(unknown)'}"
        if usable:
            yield Finding(name, usable.source, _use(version), runtime=version)
        else:
            yield Finding(name, why[-1], "nothing as it is", found=False)


def _cached() -> Iterator[Finding]:
    try:
        cache = Cache(default_root())
    except RuntimeUnavailableError:
        return
    for version, size in stock.versions(cache).items():
        place = f"cache: {cache.runtimes / version} ({size / 10**6:.0f} MB)"
        yield Finding(f"Dapr {version}", place, _use(version), runtime=version)


def cache_folder() -> list[Finding]:
    """Look at the folder that keeps what is downloaded or built."""
    use = "keeping Dapr versions that are not on PATH"
    try:
        root = default_root()
    except RuntimeUnavailableError as error:
        return [Finding("Cache", error.problem, use, error.advice, found=False)]
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free / GIGABYTE
    if not os.access(there, os.W_OK | os.X_OK):
        return [
            Finding("Cache", f"{there} cannot be written", use, f"set {VARIABLE} to a folder that can", found=False)
        ]
    return [Finding("Cache", f"{root}, {free:.0f} GB free", use)]


def go() -> list[Finding]:
    """Give each Go on PATH with the Dapr lines that it builds."""
    found = [_go(path) for path in search.on_path("go")]
    get = "nothing to do for Dapr: a build fetches its Go by pip (240 MB); for apps: apt-get install golang-go (460 MB)"
    return found or [Finding("Go", "no go on PATH", "building Dapr; apps in Go", get, found=False)]


def _go(path: Path) -> Finding:
    known = go_at(path, DEADLINE)
    if known is None:
        return Finding("Go", f"{path} does not tell its version within {DEADLINE} s", "nothing as it is", found=False)
    lines = built_by(known.version)
    use = f"building versions of Dapr {', '.join(lines)}" if lines else "no Dapr, which needs another Go to build"
    return Finding("Go", f"{known}  {path}", f"{use}; apps in Go")
