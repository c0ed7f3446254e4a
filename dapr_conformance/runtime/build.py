"""Building the four programs of a Dapr version from its Go module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import child, go_module
from dapr_conformance.runtime.cache import Cache
from dapr_conformance.runtime.go_errors import build_error
from dapr_conformance.runtime.model import PROGRAMS
from dapr_conformance.runtime.progress import Progress, steady
from dapr_conformance.runtime.search import daprd_version
from dapr_conformance.runtime.toolchain import Go, environment

_COMMANDS = tuple(f"{go_module.MODULE}/cmd/{name}" for name in PROGRAMS)


@dataclass(frozen=True)
class Build:
    """One build: which version, by which Go, in which empty folder, logged and reported where."""

    version: str
    go: Go
    cache: Cache
    place: Path
    report: Callable[[str], None]

    @property
    def programs(self) -> Path:
        """The folder that receives the four programs."""
        return self.place / "bin"

    @property
    def flags(self) -> list[str]:
        """The flags of Dapr's own releases: all components, no symbols, and the version that `/metadata` tells.

        Without the tag daprd panics at its start (cmd/daprd/components/zz_notag.go of Dapr); without the stamp it
        calls itself `edge`.
        """
        stamp = f"-s -w -X {go_module.MODULE}/pkg/buildinfo.version={self.version}"
        return ["-mod=mod", "-tags", "allcomponents", "-trimpath", "-ldflags", stamp]

    def run(self) -> Path:
        """Build, and give the folder that holds the four programs and nothing else.

        Raises:
            RuntimeUnavailableError: a module is not to be had, `go` fails, or the result is not what was asked for.
            OSError: a file cannot be written.

        """
        (self.place / "tmp").mkdir()
        go_module.write_wrapper(self._module(), self.version, self.place)
        self._compile(self._stale())
        built = daprd_version(self.programs / "daprd")
        if built != self.version:
            raise RuntimeUnavailableError(
                f"The daprd that was built calls itself {built or 'nothing'}, not {self.version}.",
                advice=f"Please report this with the log {self._log}.",
            )
        return self.programs

    @property
    def _log(self) -> Path:
        return self.cache.log(self.version)

    def _module(self) -> Path:
        progress = steady(self.report, f"downloading the Go module of Dapr {self.version}")
        output = self.place / "module.json"
        wanted = ["mod", "download", "-json", f"{go_module.MODULE}@v{self.version}"]
        finished = self._run(wanted, lambda _: progress.look(), output)
        folder, error = go_module.answer_of(output)
        if folder is None:
            raise build_error(self.version, error.splitlines() or finished.last_lines, self._log)
        return folder

    def _stale(self) -> frozenset[str]:
        """Download the modules that are needed and give the import paths that the build cache does not hold."""
        downloaded = 0

        def look(line: str) -> None:
            nonlocal downloaded
            downloaded += line.startswith("go: downloading ")
            progress.look()

        progress = Progress(
            self.report, lambda: (f"resolving dependencies: {downloaded} modules downloaded by this run", None)
        )
        output = self.place / "stale.txt"
        listing = ["list", *self.flags, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", *_COMMANDS]
        self._checked(self._run(listing, look, output))
        # The programs themselves always count as stale, for a linked program is never in the build cache.
        return frozenset(output.read_text(encoding="utf-8").split()) - set(_COMMANDS)

    def _compile(self, stale: frozenset[str]) -> None:
        """Build; `go build -v` prints each package that it compiles, and nothing of those in the build cache."""
        compiled: set[str] = set()

        def state() -> tuple[str, int]:
            linked = sum((self.programs / name).exists() for name in PROGRAMS)
            packages = f"{len(compiled)} of {len(stale)} packages compiled, " if stale else ""
            percent = 100 * (len(compiled) + linked) // (len(stale) + len(PROGRAMS))
            return f"building: {packages}{linked} of {len(PROGRAMS)} programs linked", percent

        def look(line: str) -> None:
            if line in stale:
                compiled.add(line)
            progress.look()

        progress = Progress(self.report, state)
        self.report(f"building with {self.go}: {len(stale)} packages to compile, {len(PROGRAMS)} programs to link")
        self._checked(self._run(["build", "-v", *self.flags, "-o", f"{self.programs}/", *_COMMANDS], look))

    def _run(self, arguments: list[str], look: Callable[[str], None], stdout: Path | None = None) -> child.Finished:
        env = environment(self.cache, self.place / "tmp")
        argv = [str(self.go.program), *arguments]
        return child.run(argv, env=env, cwd=self.place, log=self._log, look=look, stdout=stdout)

    def _checked(self, finished: child.Finished) -> None:
        if finished.exit_code:
            raise build_error(self.version, finished.last_lines, self._log)
