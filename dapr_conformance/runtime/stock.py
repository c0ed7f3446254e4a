"""The Dapr versions in the cache: which there are, how large they are, and being rid of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from dapr_conformance.errors import UsageError
from dapr_conformance.runtime.cache import Cache
from dapr_conformance.runtime.lock import exclusive
from dapr_conformance.runtime.versions import parse


def versions(cache: Cache) -> dict[str, int]:
    """Give the versions in the cache, oldest first, each with the size of its programs in bytes."""
    if not cache.runtimes.is_dir():
        return {}
    names = [folder.name for folder in cache.runtimes.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    whole = [name for name in names if cache.stored(name)]
    return {name: _size(cache, name) for name in sorted(whole, key=parse)}


def _size(cache: Cache, version: str) -> int:
    return sum(program.stat().st_size for program in (cache.runtimes / version).iterdir())


def remove(cache: Cache, version: str, report: Callable[[str], None]) -> None:
    """Delete a version's programs; one that another process is building is waited for.

    Args:
        cache: the tool's cache.
        version: such as `1.18.2`.
        report: takes a line while it waits.

    Raises:
        UsageError: the version is not in the cache; says those that are.

    """
    if version not in versions(cache):
        raise UsageError(
            f"Dapr {version} is not in {cache.runtimes}",
            allowed=list(versions(cache)),
            advice="dapr-conformance runtime list shows what is there",
        )
    with exclusive(cache.runtimes / f"{version}.lock", f"getting Dapr {version}", report):
        leaving = cache.runtimes / f".building-{version}-removed"  # the name that the next build clears away
        (cache.runtimes / version).rename(leaving)
        shutil.rmtree(leaving)
