"""The checks that content files hold: found by path, imported under names of their own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from dapr_conformance import bundle
from dapr_conformance.requirement import requirement_of

SUITES = ("properties",)


def files(folder: Path) -> list[Path]:
    """Give the content files at or below a folder, by path."""
    return [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]


def all_checks() -> Iterator[tuple[str, Any]]:
    """Give every check of the bundle as (path of its file without `.py`, function)."""
    for suite in SUITES:
        for path in files(bundle.folder(suite)):
            for function in checks_in(load(path)):
                yield stem(path), function


def checks_in(module: ModuleType) -> list[Any]:
    """Give the decorated functions of a module in the order in which they stand there."""
    return [value for value in vars(module).values() if requirement_of(value) is not None]


def load(path: Path) -> ModuleType:
    """Import a content file by its path under a name of its own, so that no package of the user's is touched."""
    name = "dapr_conformance_bundle." + ".".join(Path(stem(path)).parts)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # half a module must not pass for a whole one
        raise
    return module


def stem(path: Path) -> str:
    """Give the first part of the ids of a file's checks: its path from the suite's name on, without `.py`."""
    for suite in SUITES:
        folder = bundle.folder(suite)
        if path.is_relative_to(folder):
            return f"{suite}/{path.relative_to(folder).with_suffix('').as_posix()}"
    return path.with_suffix("").name


def is_suite(path: Path) -> bool:
    """Tell whether a folder is one of the bundle's suites or lies in one."""
    return any(path.is_relative_to(bundle.folder(suite)) for suite in SUITES)


def is_bundled(nodeid: str) -> bool:
    """Tell whether a collector's node id is that of a file of the bundle."""
    suite, _, rest = nodeid.partition("/")
    return suite in SUITES and (bundle.folder(suite) / rest).is_file()
