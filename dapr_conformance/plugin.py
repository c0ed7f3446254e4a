"""pytest's hooks, and nothing else. Without `--dapr-target` this module is all that gets imported."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dapr_conformance import options
from dapr_conformance.errors import UsageError

_TITLE = "Dapr conformance: does an app keep Dapr's contracts? (pytest --dapr-target=APP_ID, beside a dapr.yaml)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add every row of the table of options."""
    group = parser.getgroup("dapr-conformance", _TITLE)
    for row in options.TABLE:
        if row.kind is bool:
            group.addoption(f"--{row.flag}", action="store_true", default=None, help=row.help)
        else:
            group.addoption(f"--{row.flag}", default=None, metavar=row.metavar, help=row.help)


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Run the bundled suites when a target is given and no path is named."""
    known = early_config.known_args_namespace
    if getattr(known, "dapr_target", None) is None or _names_a_path(known):
        return
    from dapr_conformance import bundle

    args.append(str(bundle.folder("properties")))


def _names_a_path(known: Any) -> bool:
    # The value of an option that only the user's conftest.py knows looks like a path here, but is none.
    return known.pyargs or any(Path(name.partition("::")[0]).exists() for name in known.file_or_dir)


def pytest_configure(config: pytest.Config) -> None:
    """Validate the options; with a target, load the rest of the plugin."""
    try:
        parsed = options.parse(vars(config.option))
        if parsed is None:
            return
        role = _role(config)
    except UsageError as error:
        raise pytest.UsageError(_refused(error, config)) from None
    from dapr_conformance import fixtures

    config.pluginmanager.register(role(parsed, config), "dapr-conformance-session")
    config.pluginmanager.register(fixtures, "dapr-conformance-fixtures")


def _role(config: pytest.Config) -> Callable[[options.Options, pytest.Config], object]:
    if not config.pluginmanager.hasplugin("xdist"):
        from dapr_conformance.session import Session

        return Session
    from dapr_conformance import workers

    return workers.role(config)


def _refused(error: UsageError, config: pytest.Config) -> str:
    given = vars(config.option)
    if not (given.get("dapr_target") or "").strip():
        return error.text()
    from dapr_conformance.run import Run

    command = shlex.join(["pytest", *config.invocation_params.args])
    return Run(options.fallback(given), config.invocation_params.dir, command).report.told(error)
