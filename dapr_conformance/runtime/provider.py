"""The one way to the four programs of a Dapr version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import disk, search, toolchain
from dapr_conformance.runtime.build import Build
from dapr_conformance.runtime.cache import Cache, default_root, prepare, workplace
from dapr_conformance.runtime.go_lines import GoLine, go_line
from dapr_conformance.runtime.go_module import MODULE
from dapr_conformance.runtime.lock import exclusive
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.runtime.versions import parse


def provide(version: str, report: Callable[[str], None], cache: Path | None = None) -> Runtime:
    """Give daprd, placement, scheduler and sentry of exactly that version.

    Looks on PATH and in the Dapr CLI's folder, then in the cache; else builds from the Go module into the cache, which
    takes minutes once. Two processes that build the same version at once build it once. A build that is interrupted
    leaves nothing that could be taken for whole, and the next one goes on with what Go has compiled so far.

    Args:
        version: a Dapr version such as `1.18.2`.
        report: takes each step, finding and progress line as plain text without a newline.
        cache: the tool's cache folder; by default what `cache.default_root` says.

    Raises:
        UsageError: `version` is not a version.
        RuntimeUnavailableError: the programs cannot be had; says why and what to do.

    """
    parse(version)
    found = search.installed(version, report)
    if found is None:
        store = Cache(cache.absolute() if cache else default_root())
        found = store.stored(version) or _built(version, store, report)
    report(f"Dapr {version} from {found.source}")
    return found


def _built(version: str, cache: Cache, report: Callable[[str], None]) -> Runtime:
    line = go_line(version)
    prepare(cache)
    try:
        with exclusive(cache.runtimes / f"{version}.lock", f"building Dapr {version}", report):
            return cache.stored(version) or _build(version, line, cache, report)
    except OSError as error:
        raise RuntimeUnavailableError(
            f"Dapr {version} cannot be built: {error}.", advice=f"Look at the folder {cache.root} and its disk."
        ) from error
    except KeyboardInterrupt:
        report(f"stopped; the next run goes on with what is downloaded and compiled so far in {cache.go}")
        raise


def _build(version: str, line: GoLine, cache: Cache, report: Callable[[str], None]) -> Runtime:
    report(f"Dapr {version} is not on PATH, not in ~/.dapr/bin and not in {cache.runtimes}: building it, once")
    disk.check(cache, version)
    log = cache.log(version)
    log.write_text("", encoding="utf-8")
    go = toolchain.fitting(line, cache, log, report)
    with workplace(cache.runtimes, f".building-{version}-") as place:
        built = cache.publish(Build(version, go, cache, place, report).run(), version)
    report(disk.how_to_free(cache))
    return replace(built, source=f"a build of {MODULE}@v{version} with {go}, kept in {built.daprd.parent}")
