"""The wheel holds what git holds of the package and of the content folders, and nothing else."""

import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ("properties", "scenarios", "loadtests", "compose", "reports")


@pytest.fixture(scope="session")
def shipped(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in done.stdout.split("\0") if name and (ROOT / name).exists()}


def test_the_wheel_holds_exactly_what_git_holds(shipped, tracked):
    package = {name for name in tracked if name.startswith("dapr_conformance/")}
    content = {f"dapr_conformance/_bundle/{name}" for name in tracked if name.partition("/")[0] in CONTENT}
    assert {name for name in shipped if ".dist-info/" not in name} == package | content


@pytest.mark.parametrize(
    "name",
    [
        "dapr_conformance/py.typed",
        "dapr_conformance/runtime/component_types.json",
        "dapr_conformance/selftest/app/dapr.yaml",
        "dapr_conformance/selftest/app/components/statestore.yaml",
        "dapr_conformance/_bundle/properties/state/round_trip.py",
        "dapr_conformance/_bundle/reports/report.html.j2",
        "dapr_conformance/_bundle/reports/report.css",
        "dapr_conformance/_bundle/reports/manifest.schema.json",
        "dapr_conformance/_bundle/reports/results.schema.json",
    ],
)
def test_what_a_run_needs_is_inside(shipped, name):
    assert name in shipped


def test_licence_and_entry_points_are_inside(wheel, shipped):
    (licence,) = [name for name in shipped if name.endswith("/LICENSE")]
    (points,) = [name for name in shipped if name.endswith(".dist-info/entry_points.txt")]
    with zipfile.ZipFile(wheel) as archive:
        assert "Apache License" in archive.read(licence).decode()
        text = archive.read(points).decode()
    assert "[pytest11]\ndapr_conformance = dapr_conformance.plugin" in text
    assert "dapr-conformance = dapr_conformance.cli:main" in text
