"""Programs that are there already: on PATH and in the folder of the Dapr CLI."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from dapr_conformance.runtime.model import PROGRAMS, Runtime, is_program

_ANSWER = 10.0  # seconds for `daprd --version`


def on_path(name: str) -> Iterator[Path]:
    """Give every executable of that name on PATH, in PATH's order, each once. Relative folders are left out."""
    seen: set[Path] = set()
    for folder in map(Path, os.environ.get("PATH", "").split(os.pathsep)):
        path = folder / name
        if folder.is_absolute() and is_program(path) and path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def installed(version: str, report: Callable[[str], None]) -> Runtime | None:
    """Give the first daprd of exactly that version that has the other three programs beside it or on PATH.

    PATH comes before `~/.dapr/bin`, where `dapr init --slim` puts them. Each daprd that is passed over is reported
    with the reason. Only daprd knows its version; the other three are taken to belong to the daprd they lie beside.
    """
    for daprd, place in _candidates():
        answer = daprd_version(daprd)
        if answer != version:
            report(f"{daprd} is Dapr {answer or '(does not answer --version)'}, not {version}: not used")
            continue
        if found := _completed(daprd, version, place, report):
            return found
    return None


def daprd_version(daprd: Path) -> str:
    """Give what `daprd --version` prints, an empty text if it cannot be run or fails."""
    try:
        done = subprocess.run([daprd, "--version"], capture_output=True, text=True, timeout=_ANSWER, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _candidates() -> Iterator[tuple[Path, str]]:
    yield from ((path, "PATH") for path in on_path("daprd"))
    home = os.environ.get("HOME", "")
    own = Path(home, ".dapr", "bin", "daprd")
    if home and is_program(own):
        yield own, "folder of the Dapr CLI"


def _completed(daprd: Path, version: str, place: str, report: Callable[[str], None]) -> Runtime | None:
    paths: dict[str, Path] = {"daprd": daprd}
    for name in PROGRAMS[1:]:
        beside = daprd.parent / name
        other = beside if is_program(beside) else shutil.which(name)
        if other is None:
            report(f"{daprd} is Dapr {version}, but {name} is neither beside it nor on PATH: not used")
            return None
        paths[name] = Path(other).absolute()
    return Runtime(version=version, source=f"{place}: {daprd.parent}", **paths)
