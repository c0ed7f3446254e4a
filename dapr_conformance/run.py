"""One run from options to report: loads the target, gets the runtime, judges checks, writes what was found."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from dapr_conformance import lint
from dapr_conformance.environment.stand_ins import embedded, secret_values
from dapr_conformance.exit_status import exit_status
from dapr_conformance.ledger import Ledger, utc_now
from dapr_conformance.options import Options
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.engine import Engine, Facts
from dapr_conformance.probes.judge import judge
from dapr_conformance.reporting import write_all
from dapr_conformance.requirement import Requirement
from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.runtime.provider import provide
from dapr_conformance.target.load import load
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import CheckResult
from dapr_conformance.warden.client import Warden
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
    engine: Engine | None = None
    warden: Warden | None = None
    runtime: Runtime | None = None
    folder: Path | None = None
    seed: int = field(init=False)
    selected_musts: int = 0
    _reaping: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        """Draw the seed and begin the ledger; nothing is read or started yet."""
        self.seed = self.options.seed if self.options.seed is not None else secrets.randbelow(2**32)
        self.id = secrets.token_hex(6)
        self.ledger = Ledger(self._run_facts(), {"app_id": self.options.app_id, "source": "", "kind": ""})

    @property
    def report(self) -> Path:
        """Give the folder of the report; a replay has its own below, so that the run it repeats is kept."""
        folder = self.directory / self.options.report
        return folder / "replay" if self.options.replay else folder

    def load(self) -> None:
        """Read the target's files and judge what can be judged without starting anything.

        Raises:
            UsageError: the target cannot be read.

        """
        self.target = self._load(self.options.app_id)
        self.siblings = tuple(self._load(app.app_id) for app in self.target.siblings)
        self.ledger.target = {"app_id": self.target.app_id, "source": self.target.source, "kind": self.target.kind}
        self.ledger.notes += [*self.target.notes, *self._stand_in_notes()]
        self.ledger.environments.append(self._environment())
        for row in lint.findings(self.target, self.options.infra, self._command(None)):
            self.ledger.add(row)

    def start(self, say: Callable[[str], None]) -> None:
        """Get the runtime and start the warden; `say` is told each step.

        Raises:
            ConformanceError: the runtime or the warden cannot be had.

        """
        self.runtime = provide(self.options.runtime_version, say)
        self.ledger.environments[0]["runtime_version"] = self.runtime.version
        self.folder = Path(tempfile.mkdtemp(prefix="dapr-conformance-"))
        self._reaping.enter_context(become_subreaper())
        self.warden = Warden.launch(self.folder, self.id)
        self.warden.header({**self.ledger.header(), "folder": str(self.report), "secrets": self._secrets()})
        self.ledger.forward = self.warden.append
        for row in self.ledger.rows:
            self.warden.append(row.to_json())
        facts = Facts(
            target=self.target,
            siblings=self.siblings,
            runtime=self.runtime,
            expectations=expectations.for_version(self.runtime.version),
            warden=self.warden,
            folder=self.folder,
            python=sys.executable,
        )
        self.engine = Engine(facts)

    def judge(
        self, check_id: str, requirement: Requirement, function: Callable[[Check], None], replay: Selection | None
    ) -> CheckResult:
        """Run one check and add its row to the ledger."""
        assert self.engine is not None
        selection = replay or Selection(self.options.examples, self.seed)
        found = judge(self.engine, check_id, requirement, function, selection, self._command(check_id))
        if found.system is not None:
            self.ledger.add(found.system)
        self.ledger.add(found.result)
        return found.result

    def finish(self, pytest_status: int, user_failures: int) -> int:
        """Stop everything, write the report and give the exit status."""
        try:
            if self.engine is not None:
                self.engine.close_arena()
        finally:
            self._end_warden()
        status = exit_status(
            self.ledger.rows,
            pytest_status=pytest_status,
            selected=self.selected_musts,
            user_failures=user_failures,
        )
        self.write(status)
        return status

    def write(self, status: int) -> Path:
        """Write the report and give the path of its index.html."""
        return write_all(self.ledger.results(status), self.report, self._secrets())

    def _end_warden(self) -> None:
        if self.warden is not None and self.warden.alive:
            self.warden.finish()
            self.warden.close()
        elif self.warden is not None:
            end_marked(self.id)
        self._reaping.close()
        if self.folder is not None and not os.environ.get("DAPR_CONFORMANCE_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _load(self, app_id: str) -> Target:
        chosen = self.options
        return load(
            app_id,
            run_file=chosen.run_file,
            command=chosen.command,
            app_port=chosen.app_port,
            manifest=chosen.manifest,
            directory=self.directory,
        )

    def _secrets(self) -> list[str]:
        return secret_values(self.target) if hasattr(self, "target") else []

    def _stand_in_notes(self) -> list[str]:
        running = embedded(self.target, Path())
        swapped = [f"{s.name}: {s.declared_type} -> {s.type}" for s in running.stand_ins if s.replaced]
        notes = [f"judged on stand-ins: {', '.join(swapped)}"] if swapped else []
        return notes + [f"left out, no stand-in: {name}" for name in running.left_out]

    def _environment(self) -> dict[str, Any]:
        rows = [
            {
                "name": s.name,
                "type": s.type,
                "declared_type": s.declared_type,
                "version": "v1",
                "capabilities": [],
                "stand_in": s.replaced,
            }
            for s in embedded(self.target, Path()).stand_ins
        ]
        key = self.options.infra
        return {"key": key, "runtime_version": "", "backend": "process", "infra": key, "components": rows}

    def _run_facts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "seed": self.seed,
            "started": utc_now(),
            "duration_s": 0.0,
            "harness": _version(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "exit_status": None,
            "command": self.command,
        }

    def _command(self, check_id: str | None) -> str:
        chosen = self.options
        parts = [f"--dapr-target={chosen.app_id}"]
        named = {
            "--dapr-run-file": chosen.run_file,
            "--dapr-command": chosen.command,
            "--dapr-app-port": chosen.app_port,
            "--dapr-manifest": chosen.manifest,
        }
        parts += [f"{flag}={value}" for flag, value in named.items() if value is not None]
        if chosen.report != Path("dapr-report"):
            parts.append(f"--dapr-report={chosen.report}")
        if check_id is not None:
            parts.append(f"--dapr-replay={check_id}")
        return "pytest " + " ".join(shlex.quote(part) for part in parts)


def _version() -> str:
    try:
        return metadata.version("dapr-conformance")
    except metadata.PackageNotFoundError:
        return "source"
