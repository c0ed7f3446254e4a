"""The one way to the four programs of a Dapr version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import build, given, image, program_file, release, search
from dapr_conformance.runtime.cache import Cache, default_root, prepare, workplace
from dapr_conformance.runtime.lock import exclusive
from dapr_conformance.runtime.model import PROGRAMS, Runtime
from dapr_conformance.runtime.order import Order
from dapr_conformance.runtime.search import daprd_version
from dapr_conformance.runtime.versions import DEFAULT, supported

_STEPS = (image, release, build)  # in this order, the cheap ones first


def provide(
    version: str | None, report: Callable[[str], None], cache: Path | None = None, path: Path | None = None
) -> Runtime:
    """Give daprd, placement, scheduler and sentry of exactly that version.

    Takes them from `path` if that is given. Else looks on PATH and in the Dapr CLI's folder, then in the cache; else
    puts them into the cache, from the container image, the release archives or a build of the Go module, which takes
    minutes once. Two processes that want the same version at once get it once. What is interrupted leaves nothing that
    could be taken for whole, and the next build goes on with what Go has compiled so far.

    Args:
        version: a Dapr version such as `1.18.2`; None takes the one in `path`, else the default.
        report: takes each step, finding and progress line as plain text without a newline.
        cache: the tool's cache folder; by default what `cache.default_root` says.
        path: the folder that alone is to be used, if any.

    Raises:
        UsageError: `version` is not a supported version, or `path` does not hold its programs.
        RuntimeUnavailableError: the programs cannot be had; says what was tried, why it failed and what to do.

    """
    if version is not None:
        supported(version)
    found = given.runtime(path, version, report) if path is not None else _looked_for(version or DEFAULT, report, cache)
    report(f"Dapr {found.version} from {found.source}")
    return found


def _looked_for(version: str, report: Callable[[str], None], cache: Path | None) -> Runtime:
    if found := search.installed(version, report):
        return found
    store = Cache(cache.absolute() if cache else default_root())
    return store.stored(version) or _kept(version, store, report)


def _kept(version: str, cache: Cache, report: Callable[[str], None]) -> Runtime:
    release.base()  # a mistake in it is told before anything is tried
    prepare(cache)
    try:
        with exclusive(cache.runtimes / f"{version}.lock", f"getting Dapr {version}", report):
            return cache.stored(version) or _got(version, cache, report)
    except OSError as error:
        raise RuntimeUnavailableError(
            f"Dapr {version} cannot be put into the cache: {error}.",
            advice=f"Look at the folder {cache.root} and its disk.",
        ) from error


def _got(version: str, cache: Cache, report: Callable[[str], None]) -> Runtime:
    report(f"Dapr {version} is not on PATH, not in ~/.dapr/bin and not in {cache.runtimes}: getting it, once")
    cache.log(version).write_text("", encoding="utf-8")
    tried: list[str] = []
    for step in _STEPS:
        source = step.source(version)
        report(f"trying the {source}")
        try:
            with workplace(cache.runtimes, f".building-{version}-") as place:
                published = cache.publish(_whole(step.fetch(Order(version, cache, place, report)), version), version)
                return replace(published, source=f"the {source}, kept in {published.daprd.parent}")
        except RuntimeUnavailableError as error:
            tried.append(f"\n{source}: {error.problem}")
            report(f"not to be had there: {error.problem.splitlines()[0]}")
            last = error
    raise RuntimeUnavailableError(
        f"Dapr {version} cannot be had.{''.join(tried)}", allowed=last.allowed, advice=last.advice
    ) from last


def _whole(programs: Path, version: str) -> Path:
    problems = [problem for name in PROGRAMS if (problem := program_file.problem(programs / name))]
    own = daprd_version(programs / "daprd")
    if own != version and not problems:
        problems = [f"the daprd in it calls itself {own or 'nothing'}, not {version}"]
    if problems:
        raise RuntimeUnavailableError("; ".join(problems).replace(f"{programs}/", ""))
    return programs
