"""The self-test from start to end: runtime, warden, matrix."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from dapr_conformance.probes.engine import Facts
from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.provider import provide
from dapr_conformance.selftest import matrix
from dapr_conformance.target.load import load
from dapr_conformance.target.model import Target
from dapr_conformance.warden.client import Warden


def run(folder: Path, wanted: str, effort: matrix.Effort, version: str, say: Callable[[str], None]) -> list[matrix.Row]:
    """Give the rows of the kill matrix.

    Args:
        folder: a folder of this run.
        wanted: part of a check id; empty for all.
        effort: how many examples, and their seed.
        version: Dapr version.
        say: is told each step and row.

    """
    runtime = provide(version, say)
    warden = Warden.launch(folder, secrets.token_hex(6))
    facts = Facts(subject(), (), runtime, expectations.for_version(version), warden, folder, sys.executable)
    try:
        return list(matrix.rows(facts, wanted, effort, say))
    finally:
        warden.close()


def subject() -> Target:
    """Give the target of the self-test: files beside this module, with the control app in its place."""
    folder = Path(__file__).parent / "app"
    return load("subject", run_file=folder / "dapr.yaml", command=None, app_port=None, manifest=None, directory=folder)
