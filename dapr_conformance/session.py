"""pytest's hooks of a run with a target: collection, progress, verdicts, exit status and summary."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from dapr_conformance.collect import RUN, CheckItem, Suite, order
from dapr_conformance.content import is_suite
from dapr_conformance.errors import ConformanceError, UsageError
from dapr_conformance.options import Options
from dapr_conformance.probes.check import Selection
from dapr_conformance.reporting import terminal
from dapr_conformance.requirement import requirement_of
from dapr_conformance.run import Run
from dapr_conformance.verdict import CheckResult


class Session:
    """The hooks of one run; `run` holds its state."""

    def __init__(self, parsed: Options, config: pytest.Config) -> None:
        command = shlex.join(["pytest", *config.invocation_params.args])
        self.run = Run(parsed, config.invocation_params.dir, command)
        self.config = config
        self.user_failures = 0
        self.status: int | None = None
        self.error: ConformanceError | None = None
        config.stash[RUN] = self
        for name in ("dapr", "dapr_app", "dapr_sidecar", "dapr_must", "dapr_should"):
            config.addinivalue_line("markers", f"{name}: checks of dapr-conformance")
        for block in ("state", "pubsub", "service_invocation"):
            config.addinivalue_line("markers", f"dapr_{block}: checks of the building block {block}")

    @property
    def options(self) -> Options:
        """Give the options of this run."""
        return self.run.options

    def judge(self, item: CheckItem) -> CheckResult:
        """Give the verdict of one item."""
        replay = self._replayed(item.check_id) if self.options.replay else None
        return self.run.judge(item.check_id, item.requirement, item.function, replay)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Read the target; a mistake in its files ends the run as wrong usage, with a report."""
        try:
            self.run.load()
        except UsageError as error:
            self.error = error
            self.run.ledger.notes.append(error.text())
            self.status = error.exit_status
            self.run.write(error.exit_status)
            raise pytest.UsageError(f"{error.text()}\nreport: {self.run.report / 'index.html'}") from None

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
        if requirement_of(obj) is None:
            return None
        path = Path(collector.path).relative_to(self.config.rootpath).with_suffix("").as_posix()
        return CheckItem.of(collector, f"{path}::{name}", obj)

    def pytest_collection_modifyitems(self, items: list[pytest.Item], config: pytest.Config) -> None:
        """Select what a replay names, and keep the checks of one arena together."""
        if self.options.replay:
            chosen = [i for i in items if isinstance(i, CheckItem) and i.check_id == self.options.replay]
            if not chosen:
                ids = [i.check_id for i in items if isinstance(i, CheckItem)]
                error = UsageError(f"--dapr-replay={self.options.replay}: no such check", allowed=ids)
                raise pytest.UsageError(error.text())
            config.hook.pytest_deselected(items=[i for i in items if i not in chosen])
            items[:] = chosen
        order(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Get the runtime before the first check, with its progress on the terminal."""
        if session.config.option.collectonly or session.testsfailed:
            return
        checks = [item for item in session.items if isinstance(item, CheckItem)]
        self.run.selected_musts = sum(i.requirement.level == "must" and i.requirement.vantage == "app" for i in checks)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self.run.start(self._say)
        except ConformanceError as error:
            self.error = error
            self.run.ledger.notes.append(error.text())
            pytest.exit(error.text(), returncode=error.exit_status)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count failures of the user's own tests."""
        if report.failed and "@" not in report.nodeid:
            self.user_failures += 1

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stop everything, write the report, and answer with the contract's exit status."""
        if self.status is not None or session.config.option.collectonly:
            return
        known = self.error.exit_status if self.error else None
        pytest_status = 0 if int(exitstatus) == 1 else int(exitstatus)
        try:
            self.status = self.run.finish(pytest_status, self.user_failures)
            if known is not None:
                self.status = known
                self.run.write(known)
        except ConformanceError as error:
            self.error, self.status = error, error.exit_status
        session.exitstatus = self.status

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what can be read in five seconds."""
        if self.status is None:
            return
        terminalreporter.section("dapr conformance")
        if self.error is not None:
            terminalreporter.write_line(self.error.text(), red=True)
        for line in terminal.summary(self.run.ledger.results(self.status)):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"report: {self.run.report / 'index.html'}")

    def _say(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"dapr: {line}")
            sys.stdout.flush()

    def _replayed(self, check_id: str) -> Selection:
        path = self.run.directory / self.options.report / "results.json"
        rows = {row["id"]: row for row in _checks(path)}
        row = rows.get(check_id)
        if row is None:
            raise UsageError(f"--dapr-replay={check_id}: {path} holds no such check", allowed=sorted(rows))
        pieces = {piece["title"]: piece["data"] for piece in row["evidence"] if piece["kind"] in ("example", "note")}
        part = pieces.get("part", {}).get("text")
        example = pieces.get("minimal example")
        seed = (row.get("reproduce") or {}).get("seed") or self.run.seed
        if part is None or example is None:
            return Selection(self.options.examples, seed)
        return Selection(self.options.examples, seed, part, example["value"], has_example=True)


def _checks(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["checks"]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"--dapr-replay needs the last report, but {path} cannot be read: {error}",
            advice="run without --dapr-replay first, or name the folder with --dapr-report",
        ) from None
    return list(found)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt("SIGTERM")
