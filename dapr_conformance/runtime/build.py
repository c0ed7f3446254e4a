"""Building the four programs of a Dapr version from its Go module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.runtime import child, disk, go_module
from dapr_conformance.runtime.go_errors import build_error
from dapr_conformance.runtime.go_lines import go_line
from dapr_conformance.runtime.model import PROGRAMS
from dapr_conformance.runtime.order import Order
from dapr_conformance.runtime.progress import Progress, steady
from dapr_conformance.runtime.toolchain import Go, environment, fitting

_COMMANDS = tuple(f"{go_module.MODULE}/cmd/{name}" for name in PROGRAMS)


def source(version: str) -> str:
    """Name the module of a version."""
    return f"build of {go_module.MODULE}@v{version}"


def fetch(order: Order) -> Path:
    """Build, and give the folder that holds the four programs and nothing else.

    Raises:
        RuntimeUnavailableError: no Go fits, the disk is too small, a module is not to be had, or `go` fails.
        OSError: a file cannot be written.

    """
    line = go_line(order.version)
    disk.check(order.cache, order.version)
    go = fitting(line, order.cache, order.log, order.report)
    try:
        programs = Build(order, go).run()
    except KeyboardInterrupt:
        order.report(f"stopped; the next run goes on with what is downloaded and compiled so far in {order.cache.go}")
        raise
    order.report(disk.how_to_free(order.cache))
    return programs


@dataclass(frozen=True)
class Build:
    """One build: of what, by which Go."""

    order: Order
    go: Go

    @property
    def flags(self) -> list[str]:
        """The flags of Dapr's own releases: all components, no symbols, and the version that `/metadata` tells.

        Without the tag daprd panics at its start (cmd/daprd/components/zz_notag.go of Dapr); without the stamp it
        calls itself `edge`.
        """
        stamp = f"-s -w -X {go_module.MODULE}/pkg/buildinfo.version={self.order.version}"
        return ["-mod=mod", "-tags", "allcomponents", "-trimpath", "-ldflags", stamp]

    def run(self) -> Path:
        """Build, and give the folder of the four programs."""
        (self.order.place / "tmp").mkdir()
        go_module.write_wrapper(self._module(), self.order.version, self.order.place)
        self._compile(self._stale())
        return self.order.programs

    def _module(self) -> Path:
        progress = steady(self.order.report, f"downloading the Go module of Dapr {self.order.version}")
        output = self.order.place / "module.json"
        wanted = ["mod", "download", "-json", f"{go_module.MODULE}@v{self.order.version}"]
        finished = self._run(wanted, lambda _: progress.look(), output)
        folder, error = go_module.answer_of(output)
        if folder is None:
            raise build_error(self.order.version, error.splitlines() or finished.last_lines, self.order.log)
        return folder

    def _stale(self) -> frozenset[str]:
        """Download the modules that are needed and give the import paths that the build cache does not hold."""
        downloaded = 0

        def look(line: str) -> None:
            nonlocal downloaded
            downloaded += line.startswith("go: downloading ")
            progress.look()

        progress = Progress(
            self.order.report, lambda: (f"resolving dependencies: {downloaded} modules downloaded by this run", None)
        )
        output = self.order.place / "stale.txt"
        listing = ["list", *self.flags, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", *_COMMANDS]
        self._checked(self._run(listing, look, output))
        # The programs themselves always count as stale, for a linked program is never in the build cache.
        return frozenset(output.read_text(encoding="utf-8").split()) - set(_COMMANDS)

    def _compile(self, stale: frozenset[str]) -> None:
        """Build; `go build -v` prints each package that it compiles, and nothing of those in the build cache."""
        compiled: set[str] = set()

        def state() -> tuple[str, int]:
            linked = sum((self.order.programs / name).exists() for name in PROGRAMS)
            packages = f"{len(compiled)} of {len(stale)} packages compiled, " if stale else ""
            percent = 100 * (len(compiled) + linked) // (len(stale) + len(PROGRAMS))
            return f"building: {packages}{linked} of {len(PROGRAMS)} programs linked", percent

        def look(line: str) -> None:
            if line in stale:
                compiled.add(line)
            progress.look()

        progress = Progress(self.order.report, state)
        todo = f"{len(stale)} packages to compile, {len(PROGRAMS)} programs to link"
        self.order.report(f"building with {self.go}: {todo}")
        self._checked(self._run(["build", "-v", *self.flags, "-o", f"{self.order.programs}/", *_COMMANDS], look))

    def _run(self, arguments: list[str], look: Callable[[str], None], stdout: Path | None = None) -> child.Finished:
        env = environment(self.order.cache, self.order.place / "tmp")
        argv = [str(self.go.program), *arguments]
        return child.run(argv, env=env, cwd=self.order.place, log=self.order.log, look=look, stdout=stdout)

    def _checked(self, finished: child.Finished) -> None:
        if finished.exit_code:
            raise build_error(self.order.version, finished.last_lines, self.order.log)
