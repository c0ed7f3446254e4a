"""Where an app's directory, resources and Configuration are, by the order of precedence of the Dapr CLI.

Resources: the app's own > `<appDirPath>/.dapr/resources` > common > `~/.dapr/components`.
Configuration: the app's own > `<appDirPath>/.dapr/config.yaml` > common > `~/.dapr/config.yaml`.
Source: the CLI's run file parser; Dapr docs, "Multi-App Run template".
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.target.fields import Field, nearest


@dataclass(frozen=True)
class CommonPaths:
    """The paths under `common`, absolute; `base` is the run file's folder."""

    base: Path
    resources: tuple[Path, ...]
    configuration: Path | None
    runtime: Path | None


@dataclass(frozen=True)
class AppPaths:
    """The paths that hold for one app, absolute and existing."""

    directory: Path
    resources: tuple[Path, ...]
    configuration: Path | None


def common_paths(common: Field, base: Path) -> CommonPaths:
    """Resolve the paths under `common` against the run file's folder; TargetError for one that does not exist."""
    configuration = _existing(common.child("configFilePath"), base)
    return CommonPaths(base, _resources(common, base), configuration, _existing(common.child("runtimePath"), base))


def app_paths(section: Field, common: CommonPaths) -> AppPaths:
    """Choose one app's directory, resources and Configuration.

    Raises:
        TargetError: `appDirPath` is missing, or a path that is named does not exist.

    """
    directory = _existing(section.child("appDirPath"), common.base)
    if directory is None:
        raise section.error("lacks the required key `appDirPath`", advice="add `appDirPath: .`")
    if not directory.is_dir():
        raise section.child("appDirPath").error(
            f"is a file, not a folder: {directory}", advice="name the folder in which the app starts"
        )
    home = _dapr_home(_existing(section.child("runtimePath"), directory) or common.runtime)
    resources = _resources(section, directory) or _first(
        (directory / ".dapr" / "resources",), common.resources, (home / "components",)
    )
    configuration = _existing(section.child("configFilePath"), directory)
    candidates = (directory / ".dapr" / "config.yaml", common.configuration, home / "config.yaml")
    return AppPaths(directory, resources, configuration or next((c for c in candidates if c and exists(c)), None))


def exists(path: Path) -> bool:
    """Tell whether there is a file or folder; one that this user may not even look for counts as absent."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises where permissions are missing


def local_paths(directory: Path) -> AppPaths:
    """Give what lies in the folder of an app without a run file.

    Resources: `.dapr/resources`, else `components` and `resources`; Configuration: `.dapr/config.yaml`.
    """
    own, configuration = directory / ".dapr" / "resources", directory / ".dapr" / "config.yaml"
    usual = tuple(path for path in (directory / "components", directory / "resources") if path.is_dir())
    return AppPaths(directory, _first((own,), usual), configuration if configuration.is_file() else None)


def _resources(section: Field, base: Path) -> tuple[Path, ...]:
    fields = (*section.child("resourcesPaths").items(), section.child("resourcesPath"))
    return tuple(path for path in (_existing(field, base) for field in fields) if path)


def _first(*choices: tuple[Path, ...]) -> tuple[Path, ...]:
    return next((choice for choice in choices if choice and exists(choice[0])), ())


def _existing(field: Field, base: Path) -> Path | None:
    if not field.text():
        return None
    # The CLI cleans paths by their text (`a/../b` is `b` even where `a` does not exist), as normpath does.
    path = Path(os.path.normpath(base / os.path.expanduser(field.text())))  # noqa: PTH111 - Path('~x') differs
    if not exists(path):
        raise field.error(f"is {field.text()!r}, but {path} does not exist", advice=_advice(path, base))
    return path


def _advice(path: Path, base: Path) -> str:
    try:
        near = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        near = None
    meant = f"; did you mean {path.parent / near}?" if near else "; if a build makes it, build first"
    return f"it is relative to {base}{meant}"


def _dapr_home(runtime_path: Path | None) -> Path:
    """Give the folder that `dapr init` fills: `<runtimePath>/.dapr`, else under $DAPR_RUNTIME_PATH, else at home."""
    return Path(runtime_path or os.environ.get("DAPR_RUNTIME_PATH") or Path.home()) / ".dapr"
