"""The Dapr CLI's multi-app run template (`dapr.yaml`), read by the CLI's own rules.

Source: Dapr docs, "Multi-App Run template", and the CLI's run file parser: paths under `common` and `appDirPath`
are relative to the file, all other paths of an app to its `appDirPath`; a path that does not exist is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.errors import Location, TargetError, UsageError
from dapr_conformance.target import documents, run_file_notes, run_file_paths
from dapr_conformance.target.fields import Field, nearest
from dapr_conformance.target.model import App
from dapr_conformance.target.run_file_keys import APP, SHARED, TOP, check_keys

_TLS = {"http": "https", "grpc": "grpcs"}
_FLAGS = {
    "appMaxConcurrency": "app-max-concurrency",
    "maxBodySize": "max-body-size",
    "readBufferSize": "read-buffer-size",
    "appHealthProbeInterval": "app-health-probe-interval",
    "appHealthProbeTimeout": "app-health-probe-timeout",
    "appHealthThreshold": "app-health-threshold",
}


@dataclass(frozen=True)
class RunFile:
    """The apps of one run file, `common` merged in; `notes` say what the CLI ignores or daprd will not do."""

    path: Path
    apps: tuple[App, ...]
    notes: tuple[str, ...] = ()

    def app(self, app_id: str) -> App:
        """Give the app of that id.

        Raises:
            UsageError: the file has no such app (the message lists those it has) or more than one.

        """
        found = [app for app in self.apps if app.app_id == app_id]
        if not found:
            raise self._no_such_app(app_id)
        if len(found) > 1:
            places = ", ".join(str(app.location) for app in found)
            problem = f"the app id {app_id!r} is given to {len(found)} apps: {places}"
            raise UsageError(problem, location=found[1].location, advice="give each app an `appID` of its own")
        return found[0]

    def _no_such_app(self, app_id: str) -> UsageError:
        ids = [app.app_id for app in self.apps]
        meant = nearest(app_id, ids)
        return UsageError(
            f"no app with the id {app_id!r}",
            location=Location(self.path),
            allowed=ids,
            advice=f"did you mean --dapr-target={meant}?" if meant else "name one of these with --dapr-target",
        )


def read(path: Path) -> RunFile:
    """Read a run file.

    Args:
        path: the file.

    Returns:
        All of its apps in file order, with absolute paths and text environment variables.

    Raises:
        TargetError: the file is no run template, or the Dapr CLI would refuse it; with file and line.

    """
    top = _template(path.absolute())
    notes = list(check_keys(top, TOP))
    common, sections = top.child("common"), top.child("apps").items()
    notes += check_keys(common, SHARED)
    for section in sections:
        notes += check_keys(section, APP)
    common_paths = run_file_paths.common_paths(common, path.absolute().parent)
    apps = tuple(_app(section, common, common_paths) for section in sections)
    for section, app in zip(sections, apps, strict=True):
        notes += run_file_notes.of_app(section, app)
    return RunFile(path.absolute(), apps, (*notes, *run_file_notes.of_ports(apps)))


def _template(path: Path) -> Field:
    found = documents.read(path)
    if not found or not isinstance(found[0].value, dict):
        raise _no_template(path, "it is empty" if not found or found[0].value is None else "it is no mapping of keys")
    top = Field.root(found[0])
    if "apps" not in top.value:
        kind = top.child("kind").text() if "kind" in top.value else ""
        raise _no_template(path, f"it is a {kind}" if kind else "it has no `apps`")
    if not top.child("apps").items():
        advice = "add an app to it: - {appID: orders, appDirPath: ., command: [...]}"
        raise TargetError("`apps` lists no app", location=top.child("apps").location, advice=advice)
    if top.child("version").integer() == 0:
        raise TargetError("the required key `version` is missing", location=top.location, advice="add `version: 1`")
    return top


def _no_template(path: Path, why: str) -> TargetError:
    return TargetError(
        f"this is no Dapr run template: {why}",
        location=Location(path),
        advice="name the run template with --dapr-run-file, or the app's command with --dapr-command",
    )


def _app(section: Field, common: Field, common_paths: run_file_paths.CommonPaths) -> App:
    paths = run_file_paths.app_paths(section, common_paths)
    return App(
        app_id=section.child("appID").text() or paths.directory.name,
        directory=paths.directory,
        command=section.child("command").texts(),
        port=_port(section, "appPort"),
        protocol=_protocol(section, common),
        env={**common.child("env").text_map(), **section.child("env").text_map()},
        resources_paths=paths.resources,
        config_path=paths.configuration,
        health_check_path=_merged(section, common, "appHealthCheckPath").text() or None,
        health_check=_merged(section, common, "enableAppHealthCheck").boolean(),
        daprd_flags={
            flag: str(value) for key, flag in _FLAGS.items() if (value := APP[key](_merged(section, common, key)))
        },
        location=section.location,
        dapr_http_port=_port(section, "daprHTTPPort"),
        dapr_grpc_port=_port(section, "daprGRPCPort"),
        port_location=section.child("appPort").location,
    )


def _port(section: Field, key: str) -> int | None:
    port = section.child(key).integer()
    return port if port > 0 else None


def _merged(section: Field, common: Field, key: str) -> Field:
    """Give the app's field, or that of `common` where the app's is Go's zero value (false included)."""
    own = section.child(key)
    return own if APP[key](own) else common.child(key)


def _protocol(section: Field, common: Field) -> str:
    protocol = _merged(section, common, "appProtocol").text().lower() or "http"
    return _TLS.get(protocol, protocol) if _merged(section, common, "appSSL").boolean() else protocol
