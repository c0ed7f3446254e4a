"""From options to the `Target`: which app is tested, with all files that concern it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.errors import Location, TargetError, UsageError
from dapr_conformance.target import manifest as manifest_file
from dapr_conformance.target import resources, run_file_paths
from dapr_conformance.target import run_file as run_files
from dapr_conformance.target.component import default_components
from dapr_conformance.target.model import App, Manifest, Target

RUN_FILES = ("dapr.yaml", "dapr.yml")
_WAYS = (
    "write a dapr.yaml here, or name one with --dapr-run-file=FILE, "
    "or give the app with --dapr-command='...' and --dapr-app-port=PORT"
)


@dataclass(frozen=True)
class _Source:
    """Where the app comes from: `place` is the run file or the directory, `text` the source for results.json."""

    app: App
    place: Path
    text: str
    siblings: tuple[App, ...] = ()
    notes: tuple[str, ...] = ()


def load(
    app_id: str,
    *,
    run_file: Path | None,
    command: str | None,
    app_port: int | None,
    manifest: Path | None,
    directory: Path,
    undeclared: bool = False,
) -> Target:
    """Find the app under test and read its run file, resource files, Configuration and manifest.

    Args:
        app_id: the app to test; with `command` the id that it gets.
        run_file: a run template or its folder; relative paths count from `directory`.
        command: the app's command line, split as a shell would, but run without one.
        app_port: the port on which the app of `command` listens; None for an app without a port.
        manifest: the manifest; None for `dapr-conformance.yaml` beside the run file (or in `directory`), if any.
        directory: where the user stands.
        undeclared: leave the manifest unread, as it may be about to be replaced.

    Raises:
        UsageError: two sources or none, or no such app in the run file.
        TargetError: a file is missing or is not what it must be.

    """
    directory = directory.absolute()
    source = _source(app_id, run_file, command, app_port, directory)
    folder = source.place.parent if source.place.is_file() else source.place
    if undeclared:
        return _target(source, Manifest())
    return _target(source, manifest_file.find(directory / manifest if manifest else None, folder))


def _target(source: _Source, manifest: Manifest) -> Target:
    found = resources_of(source.app, source.place)
    configuration = source.app.config_path
    return Target(
        app=source.app,
        source=source.text,
        siblings=source.siblings,
        components=tuple(found.components),
        subscriptions=tuple(found.subscriptions),
        resiliencies=tuple(found.resiliencies),
        configuration=resources.read_configuration(configuration) if configuration else None,
        others=tuple(found.others),
        manifest=manifest,
        notes=(*source.notes, *found.notes),
    )


def resources_of(app: App, place: Path) -> resources.Resources:
    """Read the resource files of an app, the target or a sibling.

    Args:
        app: its `resources_paths` are read; without any it gets the components that `dapr init` writes.
        place: the run file or directory that an app without resources is reported at.

    Raises:
        TargetError: a file cannot be read or is not what it must be.

    """
    if app.resources_paths:
        return resources.read(app.resources_paths, app.config_path, app.app_id)
    location = app.location or Location(place)
    note = (
        f"{location}: the app {app.app_id!r} has no resource files, so it gets the components that "
        "`dapr init` writes: pubsub (pubsub.redis) and statestore (state.redis)"
    )
    return resources.Resources(components=list(default_components(Location(place))), notes=[note])


def _source(app_id: str, run_file: Path | None, command: str | None, app_port: int | None, directory: Path) -> _Source:
    if command is not None and run_file is not None:
        raise UsageError(
            "--dapr-run-file and --dapr-command both say where the app comes from", advice="give only one of the two"
        )
    if command is not None:
        return _from_command(app_id, command, app_port, directory)
    if app_port is not None:
        raise UsageError(
            "--dapr-app-port goes only with --dapr-command", advice="a run file gives the port as `appPort`"
        )
    return _from_run_file(app_id, _run_file(run_file, directory))


def _from_command(app_id: str, command: str, app_port: int | None, directory: Path) -> _Source:
    _check_app_id(app_id, None)
    local = run_file_paths.local_paths(directory)
    app = App(
        app_id=app_id,
        directory=directory,
        command=_argv(command),
        port=app_port,
        resources_paths=local.resources,
        config_path=local.configuration,
    )
    return _Source(app, directory, command)


def _from_run_file(app_id: str, path: Path) -> _Source:
    found = run_files.read(path)
    app = found.app(app_id)
    _check_app_id(app_id, app.location)
    siblings = tuple(other for other in found.apps if other is not app)
    return _Source(app, found.path, str(found.path), siblings, found.notes)


def _check_app_id(app_id: str, location: Location | None) -> None:
    if "." in app_id:
        advice = f"write it with hyphens: {app_id.replace('.', '-')}"
        raise UsageError(f"the app id {app_id!r} has a dot, and daprd refuses it", location=location, advice=advice)


def _run_file(named: Path | None, directory: Path) -> Path:
    path = directory / named if named else directory
    if not run_file_paths.exists(path):
        raise TargetError("there is no such run file", location=Location(path), advice=_WAYS)
    if not path.is_dir():
        return path
    found = next((path / name for name in RUN_FILES if run_file_paths.exists(path / name)), None)
    if found is None:
        others = _templates(path)
        advice = f"name one of these with --dapr-run-file={others[0]}" if others else _WAYS
        problem = f"no app to test: there is no {' or '.join(RUN_FILES)} in {path}"
        raise UsageError(problem, allowed=others, advice=advice)
    return found


def _templates(folder: Path) -> tuple[str, ...]:
    """Give the names of files in the folder that are run templates by another name."""
    found = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            run_files.read(path)
        except TargetError:
            continue
        found.append(path.name)
    return tuple(found)


def _argv(command: str) -> tuple[str, ...]:
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(
            f"--dapr-command={command!r} cannot be split into words: {error}", advice="close every quote"
        ) from None
    if not argv:
        raise UsageError("--dapr-command is empty", advice="give the app's command, such as 'node server.js'")
    return argv
