"""One run from options to report: loads the target, gets the runtime, judges checks, writes what was found."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dapr_conformance import baseline, lint, run_facts, run_folder
from dapr_conformance.baseline import Baseline
from dapr_conformance.chosen import Chosen
from dapr_conformance.environment import isolation
from dapr_conformance.environment.start import ArenaFailedError, Environment
from dapr_conformance.environment.waiting import listen_s
from dapr_conformance.errors import BlockedError, ConformanceError, HarnessError
from dapr_conformance.exit_status import exit_status
from dapr_conformance.ledger import Ledger
from dapr_conformance.options import Options, repeating
from dapr_conformance.probes import system_rows
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.engine import Engine, Facts
from dapr_conformance.probes.examples import hypothesis_files_in
from dapr_conformance.probes.judge import judge
from dapr_conformance.probes.offer import missing
from dapr_conformance.report import Report
from dapr_conformance.reporting import curl
from dapr_conformance.requirement import Arena, Requirement
from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.cache import default_root
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import CheckResult
from dapr_conformance.warden.channel import WardenGoneError
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import LEDGER
from dapr_conformance.warden.survivors import become_subreaper, end_marked


@dataclass
class Run:
    """One run of the plugin. `directory` is where the user stands; `command` is what was typed."""

    options: Options
    directory: Path
    command: str
    target: Target = field(init=False)
    siblings: tuple[Target, ...] = ()
    ledger: Ledger = field(init=False)
    report: Report = field(init=False)
    engine: Engine | None = None
    warden: Warden | None = None
    seed: int = field(init=False)
    selected_musts: int = 0
    agenda: Sequence[Arena] = ()
    baseline: Baseline = field(default_factory=Baseline)
    problem: ConformanceError | None = None
    _reaping: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        """Draw the seed and begin the ledger; nothing is read or started yet."""
        self.seed = self.options.seed if self.options.seed is not None else secrets.randbelow(2**32)
        self.id = secrets.token_hex(6)
        self.ledger = Ledger(
            run_facts.of_run(self.id, self.seed, self.command, strict=self.options.strict),
            {"app_id": self.options.app_id, "source": "", "kind": ""},
        )
        self.report = Report(self.ledger, self.options, self.directory)

    @cached_property
    def folder(self) -> Path:
        """Give the folder of what this run starts: logs, generated files, the warden's ledger."""
        return run_folder.made()

    @cached_property
    def chosen(self) -> Chosen:
        """Give what the options choose."""
        return Chosen(self.options, self.directory)

    @property
    def _deciding(self) -> tuple[str, ...]:
        """Give the vantages of which a MUST has to pass, or nothing was judged."""
        return ("app", "system") if self.chosen.attachment is None else ("app", "system", "sidecar")

    def load(self) -> None:
        """Read the target's files and judge what can be judged without starting anything.

        Raises:
            UsageError: the target cannot be read.

        """
        listen_s()  # a mistake in it is told now, not when the first app has started
        self.target = self.chosen.target(self.options.app_id)
        self.report.keep_secret(self.target)
        if self.options.siblings == "real":
            self.siblings = tuple(self.chosen.target(app.app_id) for app in self.target.siblings)
        self.ledger.target = {"app_id": self.target.app_id, "source": self.target.source, "kind": self.target.kind}
        self.ledger.notes += [*self.target.notes, *run_facts.kind_notes(self.target)]
        self.ledger.notes += run_facts.stand_in_notes(self.target, self.options.environment)
        self.ledger.environments.append(run_facts.of_environment(self.target, self.options.environment))
        if self.options.baseline is not None:
            self.baseline = baseline.read(self.directory / self.options.baseline)
        if self.chosen.attachment is None:  # what runs already has taken its files
            for row in lint.findings(self.target, self.options.environment, repeating(self.options)):
                self._add(row)

    def select(self, requirements: Sequence[Requirement]) -> None:
        """Take note of the checks that will be judged, in their order."""
        self.selected_musts = sum(one.level == "must" and one.vantage in self._deciding for one in requirements)
        startable = (one.arena for one in requirements if missing(one, self.target, self.chosen.attachment) is None)
        self.agenda = list(dict.fromkeys(startable))

    def launch(self) -> None:
        """Start the warden, which keeps what is known of the run for the case that this process is killed.

        Raises:
            ConformanceError: the report cannot be written, or the warden cannot be had.

        """
        self.report.claim()
        self._reaping.enter_context(become_subreaper())
        ports = {port for one in (self.target, *self.siblings) for port in one.app.literal_ports}
        isolate = self.options.isolate == "auto"
        self.warden = Warden.launch(self.folder, self.id, temporary=not self.options.keep, ports=ports, isolate=isolate)
        self.ledger.notes += isolation.notes(self.warden.isolation)
        where = {"folder": str(self.report.folder), "secrets": [*self.report.secrets]}
        self.warden.header({**self.ledger.header(), **where})
        for row in self.ledger.rows:
            self._forward(row.to_json())

    def start(self, say: Callable[[str], None]) -> None:
        """Start the warden unless it runs, and get the runtime; `say` is told each step.

        Raises:
            ConformanceError: what `launch` raises, or the runtime cannot be had.

        """
        if self.warden is None:
            self.launch()
        assert self.warden is not None
        for note in isolation.notes(self.warden.isolation):
            say(note)
        runtime = self.chosen.runtime(say)
        self.ledger.environments[0]["runtime_version"] = runtime.version
        self.ledger.notes += run_facts.version_notes(runtime.version)
        self.warden.header(self.ledger.header())
        self._begin(self.warden, runtime, self.folder)

    def join(self, folder: Path, run_id: str, worker: str) -> None:
        """Be one of several that judge checks of one run, whose warden another process has started with `folder`.

        Raises:
            ConformanceError: the runtime cannot be had, or the warden is gone.

        """
        runtime = self.chosen.runtime()
        self.warden = Warden.join(folder, run_id, f"{worker}-")
        self._begin(self.warden, runtime, folder / worker, f"{worker}-")

    def _begin(self, warden: Warden, runtime: Runtime, folder: Path, worker: str = "") -> None:
        self.ledger.forward = self._forward
        facts = Facts(
            target=self.target,
            siblings=self.siblings,
            runtime=runtime,
            expectations=expectations.for_version(runtime.version),
            warden=warden,
            folder=folder,
            python=sys.executable,
            worker=worker,
            attachment=self.chosen.attachment,
            attribute=self.chosen.attachment is None,
        )
        self.engine = Engine(facts, self.agenda)

    def leave(self) -> None:
        """Stop what this process started in a run that another one finishes."""
        self._attempt(self._close_arena)
        if self.warden is not None:
            self.warden.leave()

    def collect(self) -> None:
        """Add the rows that workers have told the warden to the ledger."""
        file = self.folder / LEDGER
        for line in file.read_bytes().splitlines() if file.exists() else []:
            self._add(CheckResult.from_json(json.loads(line)))

    def judge(
        self,
        check_id: str,
        requirement: Requirement,
        function: Callable[[Check], None],
        replay: Selection | None = None,
        file: str | None = None,
    ) -> CheckResult:
        """Run one check and add its row to the ledger; `file` is what names a user's own check on the command line."""
        assert self.engine is not None
        selection = replay or Selection(self.options.examples, self.seed)
        with hypothesis_files_in(default_root() / "hypothesis"):  # and no .hypothesis in the user's repo
            repeat = repeating(self.options, check_id, file)
            found = judge(self.engine, check_id, requirement, function, selection, repeat)
        for row in found.system:
            self._add(row)
        return self._add(curl.added(found.result))

    def _add(self, row: CheckResult) -> CheckResult:
        marked = self.baseline.marked(row)
        self.ledger.add(marked)
        self.ledger.target["kind"] = system_rows.kind_in(row) or self.ledger.target["kind"]
        return marked

    def environment(self, arena: Arena) -> Environment:
        """Give a running environment to a user's own test.

        Raises:
            ArenaFailedError: it does not start; the ledger has its row of vantage `system`.

        """
        assert self.engine is not None
        try:
            return self.engine.environment(arena)
        except (ArenaFailedError, BlockedError) as error:
            death = self.engine.mourn(arena, error)
            self._add(system_rows.of_death(death, self.options.environment, repeating(self.options)))
            raise ArenaFailedError(death) from error

    def finish(self, pytest_status: int, user_failures: int) -> int:
        """Stop everything, write the report and give the exit status; `problem` is what went wrong with that, if any.

        The report is written before the warden is told that it need not write one.
        """
        self._attempt(self._close_arena)
        self.ledger.notes += self.baseline.gone(self.ledger.rows)
        self._attempt(lambda: self.report.write(self._status(pytest_status, user_failures)))
        written = self.problem
        self.end()
        status = self._status(pytest_status, user_failures)
        if self.problem is not written:
            self._attempt(lambda: self.report.write(status))
        return status

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except WardenGoneError:
            return  # how it went is told when it is dismissed
        except ConformanceError as error:
            if self.problem is None:
                self.problem = error
                self.ledger.notes.append(error.text())

    def _status(self, pytest_status: int, user_failures: int) -> int:
        return exit_status(
            self.ledger.rows,
            pytest_status=pytest_status,
            selected=self.selected_musts,
            user_failures=user_failures,
            error=self.problem.exit_status if self.problem else 0,
            strict=self.options.strict,
            vantages=self._deciding,
        )

    def _forward(self, row: Mapping[str, Any]) -> None:
        # A dead warden keeps no copy; that it died is told when the run ends, and this process has the rows.
        if self.warden is not None and self.warden.alive:
            with contextlib.suppress(HarnessError):
                self.warden.append(row)

    def _close_arena(self) -> None:
        if self.engine is not None:
            self.engine.close_arena()

    def end(self) -> None:
        """End the warden and remove the run's folder; `problem` is what went wrong with that, if any."""
        self._attempt(self._end_warden)

    def _end_warden(self) -> None:
        try:
            if self.warden is not None:
                self._dismiss(self.warden)
        finally:
            self._reaping.close()
            if not self.options.keep:
                shutil.rmtree(self.folder, ignore_errors=True)

    def _dismiss(self, warden: Warden) -> None:
        if not warden.alive:
            end_marked(self.id)
            raise warden.obituary()
        warden.finish()
        warden.close()
