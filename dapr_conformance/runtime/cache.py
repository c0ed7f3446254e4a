"""The tool's own folder: finished runtimes, Go's caches, toolchains, locks and logs.

<root>/runtime/<version>/{daprd,placement,scheduler,sentry}    published by one rename, so always whole
<root>/runtime/<version>.lock  <version>.log                   who builds; what the last build printed
<root>/runtime/.building-<version>-*/                          a build under way, or what a killed one left
<root>/go/{mod,build,path}                                     Go's module cache, build cache and GOPATH
<root>/go/toolchain-<version>/                                 a Go that pip fetched
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.errors import HarnessError, RuntimeUnavailableError
from dapr_conformance.runtime.model import Runtime, runtime_in

VARIABLE = "DAPR_CONFORMANCE_CACHE"


@dataclass(frozen=True)
class Cache:
    """The places below one cache folder."""

    root: Path

    @property
    def runtimes(self) -> Path:
        """The folder of finished runtimes, one folder per version."""
        return self.root / "runtime"

    @property
    def go(self) -> Path:
        """The folder of all that only builds need."""
        return self.root / "go"

    def log(self, version: str) -> Path:
        """Give the file with everything that the last build of a version printed."""
        return self.runtimes / f"{version}.log"

    def stored(self, version: str) -> Runtime | None:
        """Give the finished runtime of a version, None where there is none or a program is missing."""
        folder = self.runtimes / version
        return runtime_in(folder, version, f"cache: {folder}")

    def publish(self, programs: Path, version: str) -> Runtime:
        """Move a finished folder of programs to its place. To be called by the holder of the version's lock.

        Raises:
            HarnessError: a program is missing in that folder.

        """
        target = self.runtimes / version
        if target.exists():  # stored() found it incomplete: somebody took a program out of it
            shutil.rmtree(target)
        programs.rename(target)
        if published := self.stored(version):
            return published
        raise HarnessError(f"{target} was published without all of its programs.")


def default_root(env: Mapping[str, str] = os.environ) -> Path:
    """Give the cache folder: $DAPR_CONFORMANCE_CACHE, $XDG_CACHE_HOME/dapr-conformance or ~/.cache/dapr-conformance.

    A relative XDG_CACHE_HOME is ignored, as the XDG Base Directory Specification asks.

    Raises:
        RuntimeUnavailableError: none of the three is known.

    """
    if own := env.get(VARIABLE):
        return Path(own).absolute()
    if (xdg := env.get("XDG_CACHE_HOME", "")) and Path(xdg).is_absolute():
        return Path(xdg, "dapr-conformance")
    if home := env.get("HOME"):
        return Path(home, ".cache", "dapr-conformance").absolute()
    raise RuntimeUnavailableError(
        "There is no folder to keep Dapr's programs in: HOME is not set.",
        advice=f"Set HOME, XDG_CACHE_HOME or {VARIABLE} to a folder that can be written.",
    )


def prepare(cache: Cache) -> None:
    """Make the folders of a cache.

    Raises:
        RuntimeUnavailableError: a folder cannot be made or written.

    """
    try:
        for folder in (cache.runtimes, cache.go):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise RuntimeUnavailableError(
            f"The cache folder {cache.root} cannot be written: {error.strerror}.",
            advice=f"Make it writable, or set {VARIABLE} to a folder that is.",
        ) from error


@contextmanager
def workplace(parent: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder `<parent>/<prefix>*`, remove it afterwards, and what killed processes left of that name.

    To be called by the holder of a lock for that name.
    """
    for left in parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
