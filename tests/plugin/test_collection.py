"""What is collected, under which ids, whatever a user's own files and settings are."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUND_TRIP = ["properties/state/round_trip[sidecar]@embedded", "properties/state/round_trip[app]@embedded"]
HOSTILE = """\
[pytest]
python_files = check_*.py
python_functions = it_*
norecursedirs = properties state *
testpaths = nowhere
addopts = --dapr-target=notes --strict-markers {more}
filterwarnings = error
"""
PROPERTY_31 = '''
"""Property 31: written by a test, in one file."""

from dapr_conformance import Arena, Violation, requirement


@requirement(
    "The sidecar MUST tell its id.",
    title="Sidecar tells its id",
    block="metadata",
    vantage="sidecar",
    number=None,
    source="Dapr docs: reference/api/metadata_api",
    arena=Arena(app="control"),
)
def sidecar(check):
    """Ask once."""
    check.once("the id is told", told)


def told(check):
    reply = check.api.call("GET", "/v1.0/metadata")
    if b"notes" not in reply.body:
        raise Violation("the app id in metadata", str(reply))
'''


def listed(result):
    return [line for line in result.out.splitlines() if "@embedded" in line and "<" not in line and " " not in line]


def test_marks_and_names_select_and_nothing_starts(notes):
    result = notes.run("--dapr-target=notes", "--collect-only", "-q", "-m", "dapr_app and dapr_state")
    assert (result.status, ROUND_TRIP[1] in listed(result)) == (0, True)
    assert [one for one in listed(result) if "/state/" not in one or "[app]" not in one] == []
    assert not (notes.folder / "dapr-report").exists()


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_hostile_settings_and_names_do_no_harm(notes, mode):
    notes.write("pytest.ini", HOSTILE.format(more=f"--import-mode={mode}"))
    for name in ("properties/__init__.py", "properties/state.py", "reports.py", "scenarios.py"):
        notes.write(name, "raise RuntimeError('nobody imports this')\n")
    notes.write("conftest.py", "import pytest\n\ndef pytest_addoption(parser):\n    parser.addoption('--mine')\n")
    result = notes.run("--collect-only", "-q", "-k", "round_trip", "--mine", "value")
    assert (result.status, listed(result)) == (0, ROUND_TRIP), result.out


def test_named_paths_are_what_runs(notes):
    notes.write("tests/test_mine.py", "def test_one(): pass\n")
    result = notes.run("--dapr-target=notes", "--collect-only", "-q", "tests")
    assert (result.status, listed(result)) == (0, [])
    assert "tests/test_mine.py::test_one" in result.out


def test_a_broken_check_of_a_users_own_is_a_clear_collection_error(notes):
    notes.write("tests/test_mine.py", "import nowhere_to_be_found\n")
    result = notes.run("--dapr-target=notes", "tests")
    assert result.status == 2
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in result.out
    assert "INTERNALERROR" not in result.out
    assert "could not collect tests/test_mine.py" in result.results["notes"][-1]


def test_lazy_objects_in_a_test_module_are_left_alone(notes):
    lazy = "class Lazy:\n    def __getattribute__(self, name): raise RuntimeError(name)\n\nlazy = Lazy()\n"
    notes.write("tests/test_mine.py", lazy + "def test_one(): pass\n")
    result = notes.run("--dapr-target=notes", "--collect-only", "-q", "tests")
    assert "INTERNALERROR" not in result.out


@pytest.fixture
def checkout(notes, tmp_path):
    """Give a copy of the project's checkout that the repo's runs import."""
    copy = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "_bundle")
    for name in ("dapr_conformance", "properties", "scenarios", "loadtests", "compose", "reports"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    notes.package = copy
    return copy


def test_property_31_is_one_file(notes, checkout):
    (checkout / "properties" / "metadata").mkdir()
    (checkout / "properties" / "metadata" / "sidecar_id.py").write_text(PROPERTY_31)
    wanted = "properties/metadata/sidecar_id[sidecar]@embedded"
    result = notes.run("--dapr-target=notes", "--collect-only", "-q")
    assert listed(result).count(wanted) == 1
    result = notes.run("--dapr-target=notes", "-k", "sidecar_id", "--strict-markers")
    assert (result.status, result.verdicts) == (0, {wanted: "passed"}), result.out
    assert wanted in (result.report / "index.html").read_text()


def test_a_broken_file_of_the_bundle_is_named_and_the_harness_fault(notes, checkout):
    file = checkout / "properties" / "state" / "zz_broken.py"
    file.write_text("from dapr_conformance import requirement\n\nrequirement(1, 2\n")
    result = notes.run("--dapr-target=notes")
    assert result.status == 3
    assert f"{file}:3: this check file cannot be imported: SyntaxError" in result.out
    assert "INTERNALERROR" not in result.out
    assert "Traceback" not in result.out
    assert result.results["run"]["exit_status"] == 3


def test_a_fixture_that_is_torn_down_late_still_finds_its_sidecar(notes):
    notes.write("test_mine.py", "def test_interrupted(dapr_control):\n    raise KeyboardInterrupt\n")
    result = notes.run("--dapr-target=notes", "test_mine.py")
    assert (result.status, result.results["run"]["exit_status"]) == (2, 2), result.out
    assert "the warden is dead" not in result.out
