"""Every command line option, in one table: flag, kind, default and help text come from one row.

Rules of the switches: `--dapr-target` turns the plugin on; any other `--dapr-*` option without it is wrong use.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dapr_conformance.errors import UsageError


@dataclass(frozen=True)
class Option:
    """One row: `flag` without the leading dashes, `kind` converts the text (bool: a switch), `allowed` closes the list.

    pytest hands over plain text; `parse` converts it, so that a mistake is reported like any other.
    """

    flag: str
    kind: type
    default: Any
    metavar: str
    help: str
    allowed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Give the attribute name that pytest stores the value under."""
        return self.flag.replace("-", "_")


TABLE = (
    Option(
        "dapr-target",
        str,
        None,
        "APP_ID",
        "judge the app with this app id; alone, with a dapr.yaml in the current folder, this is all that is needed",
    ),
    Option("dapr-run-file", Path, None, "FILE", "the run file that has the app; default ./dapr.yaml"),
    Option(
        "dapr-command",
        str,
        None,
        "COMMAND",
        "start the app by this command instead of a run file, as in --dapr-command='node server.js'",
    ),
    Option("dapr-app-port", int, None, "PORT", "the port that the app of --dapr-command listens on; none: no server"),
    Option(
        "dapr-attach",
        str,
        None,
        "URL",
        "judge by a sidecar that runs already, such as http://127.0.0.1:3500: nothing is started, so only what its "
        "API alone can show",
    ),
    Option(
        "dapr-allow-writes",
        bool,
        False,
        "",
        "with --dapr-attach: checks may write into the stores of that sidecar, under keys of their own that stay there",
    ),
    Option(
        "dapr-manifest",
        Path,
        None,
        "FILE",
        "what cannot be seen from outside, such as the app's requests and sample events; "
        "default dapr-conformance.yaml or [tool.dapr-conformance] of pyproject.toml beside the run file",
    ),
    Option(
        "dapr-infra",
        str,
        "embedded",
        "NAME",
        "where state, events and secrets go: embedded (default) needs no server",
        ("embedded",),
    ),
    Option(
        "dapr-isolate",
        str,
        "auto",
        "HOW",
        "auto (default): if a port that the app insists on is in use, the run gets a network of its own, without the "
        "internet; none: never",
        ("auto", "none"),
    ),
    Option("dapr-examples", int, 100, "N", "generated examples of each part of a check; default 100, fewer is faster"),
    Option("dapr-seed", int, None, "N", "seed of the generated examples; default: drawn and printed"),
    Option(
        "dapr-replay",
        str,
        None,
        "ID",
        "run only this check, on the failing example that the last report holds; "
        "writes its own report to replay/ in the report's folder",
    ),
    Option("dapr-report", Path, Path("dapr-report"), "FOLDER", "where the report goes; default ./dapr-report"),
    Option(
        "dapr-baseline",
        Path,
        None,
        "FILE",
        "failures that are known and do not count: ids of checks, one on each line, or an earlier results.json; "
        "one that is gone is told",
    ),
    Option(
        "dapr-strict",
        bool,
        False,
        "",
        "findings about components and the runtime count as failures, and what could not be judged (inconclusive, "
        "unsupported) ends with exit status 7",
    ),
    Option(
        "dapr-siblings",
        str,
        "real",
        "WHICH",
        "the other apps of the run file: real (default) starts them as declared, none leaves them out",
        ("real", "none"),
    ),
    Option("dapr-keep", bool, False, "", "keep the run's folder (logs, generated files); the summary names it"),
    Option(
        "dapr-runtime-version",
        str,
        None,
        "VERSION",
        "the Dapr runtime to run beside the app, 1.14.0 or newer; default 1.18.2, or the one in --dapr-runtime-path",
    ),
    Option(
        "dapr-runtime-path",
        Path,
        None,
        "FOLDER",
        "take daprd, placement, scheduler and sentry from this folder and from nowhere else",
    ),
)


_OF_A_START = (
    "dapr-run-file",
    "dapr-command",
    "dapr-app-port",
    "dapr-manifest",
    "dapr-siblings",
    "dapr-isolate",
    "dapr-runtime-path",
    "dapr-runtime-version",
)
_NOT_REPEATED = ("dapr-seed", "dapr-replay")

# What is rarely needed is no option: environment variables, read where they are used.
VARIABLES = {
    "DAPR_CONFORMANCE_CACHE": "folder that keeps Dapr's programs; default $XDG_CACHE_HOME/dapr-conformance or "
    "~/.cache/dapr-conformance",
    "DAPR_CONFORMANCE_IMAGE": "container image, without its tag, that Dapr's programs are copied from; default "
    "daprio/dapr",
    "DAPR_CONFORMANCE_RELEASES": "http(s) address of a mirror of Dapr's releases, the folder above v1.18.2/; default "
    "Dapr's releases on GitHub",
    "DAPR_CONFORMANCE_LISTEN_S": "how many seconds an app may take until it listens, then until it answers daprd; "
    "default 60",
}


@dataclass(frozen=True)
class Options:
    """The options of one run, validated."""

    app_id: str
    run_file: Path | None
    command: str | None
    app_port: int | None
    manifest: Path | None
    infra: str
    isolate: str
    examples: int
    seed: int | None
    replay: str | None
    report: Path
    baseline: Path | None
    strict: bool
    siblings: str
    attach: str | None
    allow_writes: bool
    keep: bool
    runtime_version: str | None
    runtime_path: Path | None

    @property
    def environment(self) -> str:
        """Give the key of the environment, which ends the id of every check."""
        return self.infra if self.attach is None else "as-is"


def parse(values: Mapping[str, Any]) -> Options | None:
    """Give the options of a run, or None when `--dapr-target` was not given.

    Args:
        values: option values, as text or converted, by `Option.name`; a missing or None value means: not given.

    Raises:
        UsageError: for an option without `--dapr-target`, a value outside its closed list or out of range.

    """
    given = {row.name: values.get(row.name) for row in TABLE}
    if given["dapr_target"] is None:
        _nothing_else_given(given)
        return None
    _one_source(given)
    return _options({row.name: _value(row, given[row.name]) for row in TABLE})


def _one_source(given: Mapping[str, Any]) -> None:
    if given["dapr_attach"] is None and given["dapr_allow_writes"]:
        raise UsageError("--dapr-allow-writes goes only with --dapr-attach", advice="leave it out")
    others = [row.name for row in TABLE if row.flag in _OF_A_START]
    second = next((name for name in others if given[name] is not None), None)
    if given["dapr_attach"] is not None and second is not None:
        flag = second.replace("_", "-")
        raise UsageError(
            f"--{flag} and --dapr-attach: beside a sidecar that runs already nothing is started",
            advice="give only one of the two",
        )


def fallback(values: Mapping[str, Any]) -> Options:
    """Give options for the report of a run whose options are wrong: app id and report as given, else defaults."""
    defaults: dict[str, Any] = {row.name: row.default for row in TABLE}
    report = values.get("dapr_report") or defaults["dapr_report"]
    return _options({**defaults, "dapr_target": values.get("dapr_target"), "dapr_report": Path(report)})


def repeating(chosen: Options, check_id: str | None = None, file: str | None = None) -> str:
    """Give the command line that repeats a run with these options, or one of its checks.

    Args:
        chosen: the run's options; seed and replay are left out.
        check_id: the check to replay; None for the whole run.
        file: the file of a user's own check, which has to be named.

    """
    values = {row.flag: getattr(chosen, _field(row)) for row in TABLE if row.flag not in _NOT_REPEATED}
    defaults = {row.flag: row.default for row in TABLE}
    changed = {flag: value for flag, value in values.items() if value != defaults[flag]}
    parts = [f"--{flag}" if value is True else f"--{flag}={value}" for flag, value in changed.items()]
    replayed = [f"--dapr-replay={check_id}"] if check_id is not None else []
    return shlex.join(["pytest", *([file] if file else []), *parts, *replayed])


def _field(row: Option) -> str:
    return "app_id" if row.flag == "dapr-target" else row.name.removeprefix("dapr_")


def _options(values: Mapping[str, Any]) -> Options:
    return Options(**{_field(row): values[row.name] for row in TABLE})


def _nothing_else_given(given: Mapping[str, Any]) -> None:
    extra = [row.flag for row in TABLE if given[row.name] is not None]
    if extra:
        raise UsageError(
            f"--{extra[0]} needs --dapr-target=APP_ID", advice="add --dapr-target with the app id to judge"
        )


def _value(row: Option, given: Any) -> Any:
    if given is None:
        return row.default
    try:
        value = row.kind(given)
    except ValueError:
        advice = f"write it in digits: --{row.flag}=10"
        raise UsageError(f"--{row.flag}={given}: this is no whole number", advice=advice) from None
    _check(row, value)
    return value


def _check(row: Option, value: Any) -> None:
    if row.allowed and value not in row.allowed:
        raise UsageError(f"--{row.flag}={value}: no such value", allowed=row.allowed, advice="give one of these")
    if row.flag == "dapr-examples" and value < 1:
        problem = f"--{row.flag}={value}: at least 1 example is needed"
        raise UsageError(problem, advice=f"leave it out for {row.default}, or give a small number for a quick look")
    if row.flag == "dapr-app-port" and not 0 < value < 2**16:
        problem = f"--{row.flag}={value}: a port is between 1 and 65535"
        raise UsageError(problem, advice="give the port that the app listens on, or leave it out if it has none")
    if row.flag == "dapr-target" and not value.strip():
        raise UsageError("--dapr-target is empty", advice="name the app id to judge")
