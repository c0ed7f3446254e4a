"""pytest's hooks, and nothing else. Without `--dapr-target` this module is all that gets imported."""

from __future__ import annotations

import pytest

from dapr_conformance import options
from dapr_conformance.errors import UsageError


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add every row of the table of options."""
    group = parser.getgroup("dapr-conformance", "Dapr conformance (https://docs.dapr.io)")
    for row in options.TABLE:
        group.addoption(f"--{row.flag}", type=row.kind, default=None, metavar=row.metavar, help=row.help)


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Run the bundled suites when a target is given and no path is named."""
    known = early_config.known_args_namespace
    if getattr(known, "dapr_target", None) is None or known.file_or_dir:
        return
    from dapr_conformance import bundle

    args.append(str(bundle.folder("properties")))


def pytest_configure(config: pytest.Config) -> None:
    """Validate the options; with a target, load the rest of the plugin."""
    try:
        parsed = options.parse(vars(config.option))
    except UsageError as error:
        raise pytest.UsageError(error.text()) from None
    if parsed is None:
        return
    from dapr_conformance import fixtures, session

    config.pluginmanager.register(session.Session(parsed, config), "dapr-conformance-session")
    config.pluginmanager.register(fixtures, "dapr-conformance-fixtures")
