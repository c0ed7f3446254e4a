"""Programs that are there already: on PATH and in the folder of the Dapr CLI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from dapr_conformance.runtime.ask import ask
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
    for daprd, place in candidates():
        answer = daprd_version(daprd)
        if answer != version:
            report(f"{daprd} is Dapr {answer or '(does not answer --version)'}, not {version}: not used")
            continue
        if found := completed(daprd, version, place, report):
            return found
    return None


def daprd_version(daprd: Path, seconds: float = _ANSWER) -> str:
    """Give what `daprd --version` prints, an empty text if it cannot be run, fails or takes longer than `seconds`."""
    answer = ask([daprd, "--version"], seconds)
    return answer.out if answer and answer.exit_code == 0 else ""


def candidates() -> Iterator[tuple[Path, str]]:
    """Give every daprd on PATH and in the Dapr CLI's folder, with the words for its place."""
    yield from ((path, "PATH") for path in on_path("daprd"))
    home = os.environ.get("HOME", "")
    own = Path(home, ".dapr", "bin", "daprd")
    if home and is_program(own):
        yield own, "folder of the Dapr CLI"


def completed(daprd: Path, version: str, place: str, report: Callable[[str], None]) -> Runtime | None:
    """Give the runtime of a daprd; None, and a line to `report`, if one of the other three programs is nowhere."""
    paths: dict[str, Path] = {"daprd": daprd}
    for name in PROGRAMS[1:]:
        beside = daprd.parent / name
        other = beside if is_program(beside) else shutil.which(name)
        if other is None:
            report(f"{daprd} is Dapr {version}, but {name} is neither beside it nor on PATH: not used")
            return None
        paths[name] = Path(other).absolute()
    return Runtime(version=version, source=f"{place}: {daprd.parent}", **paths)
