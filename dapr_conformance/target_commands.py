"""The commands about one target, `plan` and `init`, with the options of `pytest --dapr-target` in the same words."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dapr_conformance import options
from dapr_conformance.errors import UsageError
from dapr_conformance.options import Options

# What says where the app comes from and what stands beside it; the rest is about judging.
_OF_INIT = (
    *("dapr-target", "dapr-run-file", "dapr-command", "dapr-app-port", "dapr-infra", "dapr-isolate", "dapr-siblings"),
    *("dapr-runtime-version", "dapr-runtime-path"),
)


def add(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the two commands to the parser's."""
    plan = commands.add_parser(
        "plan",
        help="say what a run would start and judge, without starting anything",
        description="Takes the options of `pytest --dapr-target=APP_ID`. Exit status 0, or 4 for a mistake in them or "
        "in the files.",
    )
    _add_options(plan, [row.flag for row in options.TABLE])
    plan.add_argument("--json", action="store_true", help="as JSON")
    plan.set_defaults(run=_plan)
    init = commands.add_parser(
        "init",
        help="write a commented dapr-conformance.yaml from what the app shows of itself",
        description="Starts the app beside its sidecar as a run does, reads /dapr/subscribe, /openapi.json and the "
        "project's .http files, tries what it finds, and ends it all. Exit status 0; 1 if the app does not start, 4 "
        "for a mistake in options or files or where there is a manifest already, 6 if something else is in the way.",
    )
    _add_options(init, _OF_INIT)
    init.add_argument("--offline", action="store_true", help="read files only, start nothing")
    init.add_argument("--output", type=Path, metavar="FILE", help="default dapr-conformance.yaml beside the run file")
    init.add_argument("--force", action="store_true", help="overwrite the manifest that is there")
    init.set_defaults(run=_init)


def _add_options(command: argparse.ArgumentParser, flags: Sequence[str]) -> None:
    command.add_argument("app_id", nargs="?", metavar="APP_ID", help="the app id; or by --dapr-target=APP_ID")
    for row in (each for each in options.TABLE if each.flag in flags):
        how: dict[str, Any] = {"action": "store_true"} if row.kind is bool else {"metavar": row.metavar}
        command.add_argument(f"--{row.flag}", default=None, help=row.help.replace("%", "%%"), **how)


def chosen_options(chosen: argparse.Namespace) -> Options:
    """Give the options as pytest would have them.

    Raises:
        UsageError: no app id, two of them, or what `options.parse` refuses.

    """
    values = vars(chosen)
    named = [name for name in (chosen.app_id, values["dapr_target"]) if name is not None]
    if len(set(named)) > 1:
        raise UsageError(f"two app ids are given: {' and '.join(named)}", advice="give one of them")
    if not named:
        raise UsageError("no app id is given", advice="name the app to judge, as in `dapr-conformance plan orders`")
    parsed = options.parse({**values, "dapr_target": named[0]})
    assert parsed is not None
    return parsed


def _plan(chosen: argparse.Namespace) -> int:
    from dapr_conformance import preview
    from dapr_conformance.run import Run

    run = Run(chosen_options(chosen), Path.cwd(), shlex.join(sys.argv))
    run.load()
    found = preview.preview(run)
    for line in [json.dumps(found, indent=2, ensure_ascii=False)] if chosen.json else preview.lines(found):
        print(line)  # noqa: T201 - this is a command
    return 0


def _init(chosen: argparse.Namespace) -> int:
    from dapr_conformance.init import program

    path = program.run(
        chosen_options(chosen),
        Path.cwd(),
        output=chosen.output,
        force=chosen.force,
        offline=chosen.offline,
        say=lambda line: print(line, flush=True),  # noqa: T201 - this is a command
    )
    print(f"written: {path}; next: pytest --dapr-target={chosen.app_id or chosen.dapr_target}")  # noqa: T201 - as above
    return 0
