"""The wheel that the tests look at: built beforehand (`--wheel-folder`, as tox does) or built here with hatchling."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Without hatchling there is nothing to look at: `tox -e wheel` has it, the other environments need not.
collect_ignore = [] if importlib.util.find_spec("hatchling") else ["test_wheel.py"]


def pytest_addoption(parser):
    parser.addoption("--wheel-folder", type=Path, help="a folder that holds the built wheel")


@pytest.fixture(scope="session")
def wheel(request, tmp_path_factory):
    """Give the path of the wheel."""
    folder = request.config.getoption("--wheel-folder", None)
    if folder is None:
        folder = tmp_path_factory.mktemp("dist")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found
