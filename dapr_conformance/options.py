"""Every command line option, in one table: flag, kind, default and help text come from one row.

Rules of the switches: `--dapr-target` turns the plugin on; any other `--dapr-*` option without it is wrong use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dapr_conformance.errors import UsageError


@dataclass(frozen=True)
class Option:
    """One row: `flag` without the leading dashes, `kind` converts the text, `allowed` closes the list."""

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
    Option("dapr-target", str, None, "APP_ID", "judge this app (its app id in dapr.yaml, or the id to give a command)"),
    Option("dapr-run-file", Path, None, "FILE", "the run file to read; default ./dapr.yaml"),
    Option("dapr-command", str, None, "COMMAND", "start the app by this command instead of a run file"),
    Option("dapr-app-port", int, None, "PORT", "the port that the app of --dapr-command listens on"),
    Option(
        "dapr-manifest", Path, None, "FILE", "what the app declares; default dapr-conformance.yaml beside the run file"
    ),
    Option("dapr-infra", str, "embedded", "NAME", "the infrastructure to run on", ("embedded",)),
    Option("dapr-examples", int, 100, "N", "generated examples of each part of a property; default 100"),
    Option("dapr-seed", int, None, "N", "seed of the generated examples; default: drawn and printed"),
    Option("dapr-replay", str, None, "ID", "run only this check, on the failing example that the last report holds"),
    Option("dapr-report", Path, Path("dapr-report"), "FOLDER", "where the report goes; default ./dapr-report"),
    Option("dapr-runtime-version", str, "1.18.2", "VERSION", "the Dapr runtime to run beside the app; default 1.18.2"),
)


@dataclass(frozen=True)
class Options:
    """The options of one run, validated."""

    app_id: str
    run_file: Path | None
    command: str | None
    app_port: int | None
    manifest: Path | None
    infra: str
    examples: int
    seed: int | None
    replay: str | None
    report: Path
    runtime_version: str


def parse(values: Mapping[str, Any]) -> Options | None:
    """Give the options of a run, or None when `--dapr-target` was not given.

    Args:
        values: option values by `Option.name`; a missing or None value means: not given.

    Raises:
        UsageError: for an option without `--dapr-target`, a value outside its closed list or out of range.

    """
    given = {row.name: values.get(row.name) for row in TABLE}
    if given["dapr_target"] is None:
        _nothing_else_given(given)
        return None
    filled = {row.name: row.default if given[row.name] is None else given[row.name] for row in TABLE}
    for row in TABLE:
        _check(row, filled[row.name])
    values_by_field: dict[str, Any] = {name.removeprefix("dapr_"): value for name, value in filled.items()}
    return Options(app_id=str(values_by_field.pop("target")), **values_by_field)


def _nothing_else_given(given: Mapping[str, Any]) -> None:
    extra = [row.flag for row in TABLE if given[row.name] is not None]
    if extra:
        raise UsageError(
            f"--{extra[0]} needs --dapr-target=APP_ID", advice="add --dapr-target with the app id to judge"
        )


def _check(row: Option, value: Any) -> None:
    if row.allowed and value not in row.allowed:
        raise UsageError(f"--{row.flag}={value}: no such value", allowed=row.allowed)
    if row.flag == "dapr-examples" and value < 1:
        raise UsageError(f"--{row.flag}={value}: at least 1 example is needed")
    if row.flag == "dapr-app-port" and value is not None and not 0 < value < 2**16:
        raise UsageError(f"--{row.flag}={value}: a port is between 1 and 65535")
    if row.flag == "dapr-target" and not str(value).strip():
        raise UsageError("--dapr-target is empty", advice="name the app id to judge")
