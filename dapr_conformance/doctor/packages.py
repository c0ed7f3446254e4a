"""The Python packages of the plugin: what its own metadata asks for, extra by extra."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from dapr_conformance.doctor.finding import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME = "dapr-conformance"


def packages() -> list[Finding]:
    """Look at Python, the packages of the core, and those of each extra."""
    python = Finding("Python", f"{platform.python_version()}  {sys.executable}", "everything")
    try:
        from packaging.requirements import Requirement  # comes with pytest, which may be what is missing

        wanted = [Requirement(text) for text in metadata.requires(_NAME) or ()]
        extras = metadata.metadata(_NAME).get_all("Provides-Extra") or []
    except (ImportError, metadata.PackageNotFoundError):
        state = f"pytest or {_NAME} is not installed in this Python, so that there is no --dapr-target"
        return [python, Finding("Packages", state, "every run", f"pip install {_NAME}", found=False, needed=True)]
    return [python, _group("", wanted), *(_group(extra, wanted) for extra in extras)]


def _group(extra: str, wanted: list[Requirement]) -> Finding:
    """Judge the packages of one extra; the empty one is the core."""
    own = [one for one in wanted if _belongs(one, extra)]
    lacking = [f"{one.name}{one.specifier}" for one in own if not _installed(one)]
    what = f"Packages [{extra}]" if extra else "Packages"
    use = f"what the extra `{extra}` adds" if extra else "every run"
    if lacking:
        get = f"pip install '{_NAME}{f'[{extra}]' if extra else ''}'"
        return Finding(what, ", ".join(lacking), use, get, found=False, needed=not extra)
    state = ", ".join(f"{one.name} {metadata.version(one.name)}" for one in own)
    return Finding(what, state or "none needed", use)


def _belongs(requirement: Requirement, extra: str) -> bool:
    if requirement.marker is None:
        return not extra
    if not extra:
        return requirement.marker.evaluate({"extra": ""})
    return requirement.marker.evaluate({"extra": extra}) and not requirement.marker.evaluate({"extra": ""})


def _installed(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False
