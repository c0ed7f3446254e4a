"""Copies of the example apps to plant faults in, and real runs that judge them."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = any(entry.name == "dapr_conformance" for entry in metadata.entry_points(group="pytest11"))
PLUGIN = [] if INSTALLED else ["-p", "dapr_conformance.plugin"]
TARGETS = {"orders": "orders", "orders_grpc": "orders-grpc"}


@pytest.fixture
def copied(tmp_path):
    """Copy an example app: copied(name of its folder) gives the copy."""

    def copy(name):
        ignored = shutil.ignore_patterns("__pycache__", "dapr-report")
        return shutil.copytree(ROOT / "examples" / name, tmp_path / name, ignore=ignored)

    return copy


@pytest.fixture
def edit():
    """Replace text that must be there: edit(path, old, new)."""

    def replaced(path, old, new):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replaced


class Judge:
    """Judges a copied example: judge(folder, *arguments) gives the exit status, the checks and the output."""

    def process(self, folder, *arguments):
        """Give the arguments for subprocess."""
        options = [f"--dapr-target={TARGETS[folder.name]}", "--dapr-examples=10", "--dapr-seed=1"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {
            "args": [sys.executable, "-m", "pytest", *PLUGIN, *options, "-p", "no:cacheprovider", *arguments],
            "cwd": folder,
            "env": {**os.environ, "PATH": path, "PYTHONPATH": "" if INSTALLED else str(ROOT)},
        }

    def __call__(self, folder, *arguments):
        done = subprocess.run(**self.process(folder, *arguments), capture_output=True, text=True, check=False)
        results = json.loads((folder / "dapr-report" / "results.json").read_text(encoding="utf-8"))
        return done.returncode, results["checks"], done.stdout


@pytest.fixture
def judge():
    return Judge()


@pytest.fixture
def failed():
    """Give the checks that failed: failed(checks)."""
    return lambda rows: [row for row in rows if row["verdict"] in ("failed", "flaky", "blocked")]


@pytest.fixture
def only_culprit(failed):
    """Give who was named by the checks that failed, of which there must be one: only_culprit(checks)."""

    def named(rows):
        assert failed(rows), "nothing failed"
        return {row["attribution"] for row in failed(rows)}

    return named
