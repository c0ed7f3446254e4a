"""pytest's hooks of a run with a target: collection, progress, verdicts, exit status and summary."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.junitxml import xml_key

from dapr_conformance import interrupt, replay
from dapr_conformance.collect import RUN, CheckItem, Suite, order, own_check
from dapr_conformance.content import is_bundled, is_suite
from dapr_conformance.errors import ConformanceError, UsageError
from dapr_conformance.exit_status import FAILED, HARNESS, INTERRUPTED
from dapr_conformance.options import Options
from dapr_conformance.probes.check import Selection
from dapr_conformance.reporting import terminal
from dapr_conformance.reporting.annotations import told_to_ci
from dapr_conformance.requirement import requirement_of
from dapr_conformance.run import Run
from dapr_conformance.verdict import CheckResult

_MARKS = ("dapr", "dapr_app", "dapr_sidecar", "dapr_must", "dapr_should", "dapr_state", "dapr_pubsub")


class Session:
    """The hooks of one run; `run` holds its state.

    `failed` counts failed reports: of checks that have a verdict, of checks that broke without one, of a user's tests.
    """

    def __init__(self, parsed: Options, config: pytest.Config) -> None:
        command = shlex.join(["pytest", *config.invocation_params.args])
        interrupt.once()
        self.run = Run(parsed, config.invocation_params.dir, command)
        self.config = config
        self.checks: dict[str, CheckItem] = {}
        self.failed = {"judged": 0, "broken": 0, "own": 0}
        self.replay: Selection | None = None
        self.status: int | None = None
        config.stash[RUN] = self
        for name in (*_MARKS, "dapr_service_invocation"):
            config.addinivalue_line("markers", f"{name}: checks of dapr-conformance")

    @property
    def options(self) -> Options:
        """Give the options of this run."""
        return self.run.options

    def judge(self, item: CheckItem) -> CheckResult:
        """Give the verdict of one item."""
        return self.run.judge(item.check_id, item.requirement, item.function, self.replay, item.own_file)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Read the target; a mistake in its files ends the run as wrong usage, with a report."""
        chosen = self.options
        try:
            if chosen.replay:
                folder = self.run.directory / chosen.report
                self.replay = replay.read(folder, chosen.replay, chosen.examples, self.run.seed)
            self.run.load()
        except UsageError as error:
            raise pytest.UsageError(self.refused(error)) from None
        except ConformanceError as error:
            pytest.exit(self.refused(error), returncode=error.exit_status)
        if not self.config.option.collectonly:
            self.before_header()
        self._show_ids_as_they_are()

    def before_header(self) -> None:
        """Write the first report: once the header is printed there is one, whatever happens."""
        with suppress(ConformanceError):  # told when the run starts
            self.run.report.claim()

    def _show_ids_as_they_are(self) -> None:
        # pytest takes a node id for a path and shows it relative to the folder it was started in; an id is no path.
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.startpath = self.config.rootpath
        original = self.config.cwd_relative_nodeid

        def shown(nodeid: Any) -> Any:  # text, or since pytest 9.2 a value with a path
            text = str(nodeid)
            if not self.is_check(text):
                return original(nodeid)
            return nodeid if isinstance(nodeid, str) else type(nodeid)(path=text)

        vars(self.config)["cwd_relative_nodeid"] = shown

    def is_check(self, nodeid: str) -> bool:
        """Tell whether a node id is that of a check."""
        return nodeid in self.checks

    def pytest_report_header(self) -> list[str]:
        """Say what was found and decided."""
        run = self.run
        lines = [f"dapr: judging {run.target.app_id!r} from {run.target.source}; seed {run.seed}"]
        return lines + [f"dapr: {note}" for note in run.ledger.notes]

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Keep a user's ini settings (norecursedirs, virtual environments) from hiding the bundle."""
        return False if is_suite(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect the bundle's suites by their own collector."""
        return Suite.from_parent(parent, path=path) if is_suite(path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> pytest.Item | None:
        """Collect decorated functions of a user's own test files as checks."""
        # Asking anything else for an attribute may run a user's code: lazy objects live in test modules too.
        is_check = type(obj) is FunctionType and isinstance(collector, pytest.Module) and requirement_of(obj)
        return own_check(collector, name, obj) if is_check else None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say in the report which file could not be collected."""
        if report.failed:
            self.failed["broken"] += is_bundled(report.nodeid)
            last = (report.longreprtext.splitlines() or [""])[-1]
            self.run.ledger.notes.append(f"could not collect {report.nodeid}: {last.removeprefix('E').strip()}")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item], config: pytest.Config) -> None:
        """Select what a replay names, and keep the checks of one arena together."""
        self.checks.update({item.check_id: item for item in items if isinstance(item, CheckItem)})
        if self.options.replay:
            chosen = [item for item in items if item is self.checks.get(self.options.replay or "")]
            if not chosen:
                raise pytest.UsageError(self._no_such_check().text())
            config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
            items[:] = chosen
        order(items)

    def _no_such_check(self) -> UsageError:
        return UsageError(
            f"--dapr-replay={self.options.replay}: no such check",
            allowed=list(self.checks),
            advice="a check in a file of your own needs that file named too",
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Get the runtime before the first check, with its progress on the terminal; without one nothing runs."""
        if session.config.option.collectonly or session.testsfailed or not session.items:
            return None
        self.run.select([item.requirement for item in session.items if isinstance(item, CheckItem)])
        return self.start()

    def start(self) -> bool | None:
        """Start the run; gives true, which ends pytest's loop, if that fails."""
        try:
            self.run.start(self._say)
        except ConformanceError as error:
            self.run.problem = error
            return True
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count failures; one of a check without a verdict is no finding about the app."""
        known = dict(report.user_properties)
        if report.when == "setup" and "id" in known:
            self._name_in_junit(report)
        if report.failed:
            kind = "judged" if "verdict" in known else "broken" if self.is_check(report.nodeid) else "own"
            self.failed[kind] += 1

    def _name_in_junit(self, report: pytest.TestReport) -> None:
        # pytest would put dots for the slashes of the id; this is what its fixture record_xml_attribute does.
        xml = self.config.stash.get(xml_key, None)
        if xml is not None:
            case = xml.node_reporter(report)
            case.add_attribute("classname", "dapr-conformance")
            case.add_attribute("name", report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stop everything, write the report, and answer with the contract's exit status."""
        if self.status is not None or session.config.option.collectonly:
            return
        with interrupt.ignored():
            self.status = self.run.finish(self.status_without_checks(int(exitstatus)), self.failed["own"])
        session.exitstatus = self.status

    def status_without_checks(self, status: int) -> int:
        """Give pytest's status without what the ledger decides: whether checks failed."""
        if self.failed["broken"] and status in (FAILED, INTERRUPTED):
            return HARNESS  # pytest calls a run interrupted if a file could not be collected
        if status == FAILED and not any(self.failed.values()):
            self.failed["own"] += 1  # another plugin failed the run, as coverage below its threshold does
        return 0 if status == FAILED else status

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what can be read in five seconds."""
        if self.status is None:
            return
        terminalreporter.section("dapr conformance")
        problem = self.run.problem
        if problem is not None:
            terminalreporter.write_line(problem.text(), red=True)
        page = self.run.report.folder / "index.html"
        shown = self.run.report.shown(self.status)
        kept = [f"kept: {self.run.folder}"] if self.options.keep else []
        for line in [*kept, *told_to_ci(shown, os.environ), *terminal.summary(shown, page if page.exists() else None)]:
            terminalreporter.write_line(line)

    def refused(self, error: ConformanceError) -> str:
        """Write the report of a run that ends before it began, and give the text for the terminal."""
        self.status = error.exit_status
        return self.run.report.told(error)

    def _say(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"dapr: {line}")
            reporter.flush()
