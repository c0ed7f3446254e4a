"""What the options of a run choose: the target, its runtime, or a sidecar that runs already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dapr_conformance.environment.attached import Attachment
from dapr_conformance.options import Options
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.runtime.provider import provide
from dapr_conformance.target.load import load
from dapr_conformance.target.model import Target


@dataclass(frozen=True)
class Chosen:
    """The choices of one run; `directory` is where the user stands, `undeclared` leaves the manifest unread."""

    options: Options
    directory: Path
    undeclared: bool = False

    @cached_property
    def attachment(self) -> Attachment | None:
        """Give the sidecar that runs already, if this run is about one.

        Raises:
            UsageError: its address is none.

        """
        url = self.options.attach
        return None if url is None else Attachment.at(url, allow_writes=self.options.allow_writes)

    def target(self, app_id: str) -> Target:
        """Give an app, the one under test or a sibling, as its files or its sidecar declare it.

        Raises:
            ConformanceError: they cannot be read.

        """
        if self.attachment is not None:
            return self.attachment.target(app_id)
        chosen = self.options
        return load(
            app_id,
            run_file=chosen.run_file,
            command=chosen.command,
            app_port=chosen.app_port,
            manifest=chosen.manifest,
            directory=self.directory,
            undeclared=self.undeclared,
        )

    def runtime(self, say: Callable[[str], None] = lambda _line: None) -> Runtime:
        """Give the runtime to run beside the app; `say` is told each step.

        Raises:
            ConformanceError: it cannot be had.

        """
        if self.attachment is not None:
            return self.attachment.runtime()
        return provide(self.options.runtime_version, say, path=self.options.runtime_path)
