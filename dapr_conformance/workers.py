"""pytest-xdist: workers judge the checks of one run side by side; the controller starts, schedules and reports.

All arenas of the target live in one worker, because an app listens on its port once; those of the control app are
shared out by building block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from xdist.dsession import Interrupted
from xdist.scheduler import LoadScopeScheduling

from dapr_conformance import interrupt
from dapr_conformance.collect import CheckItem
from dapr_conformance.errors import ConformanceError, UsageError
from dapr_conformance.exit_status import FAILED, INTERRUPTED
from dapr_conformance.options import Options
from dapr_conformance.session import Session

SCHEDULE = "schedule.json"  # in the run's folder; every worker writes the same
_TARGET = "the target's arenas"


def role(config: pytest.Config) -> type[Session]:
    """Give what this process is: a worker, the controller of workers, or a run of its own.

    Raises:
        UsageError: for workers that cannot share one run.

    """
    if hasattr(config, "workerinput"):
        return Worker
    how = config.option.dist
    if how == "no" or not config.option.tx or config.option.collectonly:  # --dist alone starts no workers
        return Session
    if how == "each":
        raise UsageError("--dist=each would judge every check several times", advice="use -n without --dist")
    foreign = [spec for spec in config.option.tx if "popen" not in spec]
    if foreign:
        raise UsageError(f"--tx={foreign[0]}: workers must be on the machine of the app", advice="use -n")
    return Controller


class Controller(Session):
    """The process that starts workers, gives them checks and writes the report."""

    def __init__(self, parsed: Options, config: pytest.Config) -> None:
        super().__init__(parsed, config)
        self._schedule: Mapping[str, Any] = {"musts": 0, "checks": []}
        self._stopped_early = False

    def before_header(self) -> None:
        """Start the warden too: workers are told of its folder when they start."""
        try:
            self.run.launch()
        except ConformanceError as error:
            self.run.end()
            pytest.exit(self.refused(error), returncode=error.exit_status)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker which run it belongs to."""
        node.workerinput["dapr_run"] = {"folder": str(self.run.folder), "id": self.run.id, "seed": self.run.seed}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadScopeScheduling:
        """Keep together what shares an arena, whatever --dist says."""
        return Arenas(config, log, self.run.folder / SCHEDULE)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Read what will be judged: the controller itself collects nothing."""
        self._schedule = json.loads((self.run.folder / SCHEDULE).read_bytes())
        self.run.selected_musts = self._schedule["musts"]

    def is_check(self, nodeid: str) -> bool:
        """Tell whether a node id is that of a check."""
        return nodeid in self._schedule["checks"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:  # noqa: ARG002 - it has no items
        """Get the runtime before workers get checks, with its progress on the terminal; without one nothing runs."""
        return self.start()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell -x, which xdist makes an interruption of, from a person's Ctrl-C."""
        self._stopped_early = isinstance(excinfo.value, Interrupted)

    def status_without_checks(self, status: int) -> int:
        """Give pytest's status, as it would be without workers."""
        stopped = status == INTERRUPTED and self._stopped_early and any(self.failed.values())
        return super().status_without_checks(FAILED if stopped else status)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Add the workers' rows, then end like any other run."""
        if self.status is None:
            self.run.collect()
        super().pytest_sessionfinish(session, exitstatus)


class Worker(Session):
    """A process that judges the checks it is given and leaves the rest to the controller."""

    def __init__(self, parsed: Options, config: Any) -> None:
        self._joined: Mapping[str, Any] = config.workerinput["dapr_run"]
        self._name = config.workerinput["workerid"]
        super().__init__(replace(parsed, seed=self._joined["seed"]), config)

    def before_header(self) -> None:
        """Leave header and report to the controller."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write down what was selected, by whatever plugin, and what of it belongs together."""
        items = session.items
        checks = [item for item in items if isinstance(item, CheckItem)]
        self.run.select([item.requirement for item in checks])
        schedule = {
            "musts": self.run.selected_musts,
            "checks": [item.nodeid for item in checks],
            "scopes": {item.nodeid: scope for item in items if (scope := _scope(item)) is not None},
        }
        whole = Path(self._joined["folder"]) / f"{self._name}-{SCHEDULE}"
        whole.write_text(json.dumps(schedule))
        whole.replace(whole.with_name(SCHEDULE))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:  # noqa: ARG002 - xdist's loop begins
        """Wait for the first item: the controller gets the runtime meanwhile."""
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Join the run before the first item."""
        if self.run.engine is None:
            self.run.agenda = ()  # which arenas this worker will get is not known ahead
            self.run.join(Path(self._joined["folder"]), self._joined["id"], self._name)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:  # noqa: ARG002 - not ours
        """Stop what this worker started."""
        with interrupt.ignored():
            self.run.leave()


class Arenas(LoadScopeScheduling):
    """Gives what belongs together to one worker; `schedule` is the file that says what that is."""

    def __init__(self, config: pytest.Config, log: Any, schedule: Path) -> None:
        super().__init__(config, log)
        self._file = schedule

    @cached_property
    def _scopes(self) -> Mapping[str, str]:
        scopes: Mapping[str, str] = json.loads(self._file.read_bytes())["scopes"]
        return scopes

    def _split_scope(self, nodeid: str) -> str:
        return self._scopes.get(nodeid, nodeid)


def _scope(item: pytest.Item) -> str | None:
    """Give what an item has in common with those that must run in the same worker; None: it may run anywhere."""
    if isinstance(item, CheckItem):
        arena = item.requirement.arena
        return _TARGET if arena.app == "target" else f"{item.requirement.block} {arena}"
    uses = getattr(item, "fixturenames", ())
    return _TARGET if any(name.startswith("dapr_") for name in uses) else None
