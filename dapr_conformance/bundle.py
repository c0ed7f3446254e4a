"""Where the content folders are: properties, scenarios, load tests, Compose files, report templates and schemas."""

from __future__ import annotations

import re
from pathlib import Path

from dapr_conformance.errors import HarnessError

FOLDERS = ("properties", "scenarios", "loadtests", "compose", "reports")
_PACKAGE = Path(__file__).resolve().parent
_OWN_NAME = re.compile(r"""^name\s*=\s*["']dapr-conformance["']""", re.MULTILINE)


def folder(name: str) -> Path:
    """Give the content folder of that name.

    Args:
        name: one of `FOLDERS`.

    Returns:
        The absolute path of an existing folder: beside the package in a checkout or an editable install,
        else `_bundle/<name>` inside the installed package.

    Raises:
        HarnessError: there is no such content folder, or the installation lacks it.

    """
    return _folder(name, _PACKAGE)


def _folder(name: str, package: Path) -> Path:
    if name not in FOLDERS:
        raise HarnessError(f"there is no content folder {name!r}", allowed=FOLDERS)
    # A wheel built in place may leave a stale _bundle in a checkout, so the checkout is asked first.
    root = package.parent if _is_checkout(package.parent) else package / "_bundle"
    if not (root / name).is_dir():
        raise HarnessError(
            f"the content folder {root / name} is missing",
            advice="reinstall dapr-conformance: the installation is incomplete",
        )
    return root / name


def _is_checkout(directory: Path) -> bool:
    pyproject = directory / "pyproject.toml"
    return pyproject.is_file() and _OWN_NAME.search(pyproject.read_text(encoding="utf-8", errors="replace")) is not None
