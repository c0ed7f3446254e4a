import shutil
import sys
from pathlib import Path

import pytest

from dapr_conformance.errors import UsageError
from dapr_conformance.runtime.provider import provide


@pytest.fixture
def folder(machine):
    machine.dapr(machine.folder / "own", "1.17.3")
    return machine.folder / "own"


def refused(said, folder, version=None):
    with pytest.raises(UsageError) as error:
        provide(version, said.append, path=folder)
    assert error.value.exit_status == 4
    return str(error.value)


@pytest.mark.parametrize("version", [None, "1.17.3"])
def test_the_folder_serves_with_the_version_that_its_daprd_has(folder, said, version):
    found = provide(version, said.append, path=folder)
    assert (found.version, found.daprd, found.sentry) == ("1.17.3", folder / "daprd", folder / "sentry")
    assert said == [f"Dapr 1.17.3 from --dapr-runtime-path={folder}"]


def test_it_comes_before_path(folder, machine, said):
    machine.dapr(machine.path)
    assert provide(None, said.append, path=folder).daprd == folder / "daprd"


def test_a_relative_folder_gives_absolute_programs(folder, said, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert provide(None, said.append, path=Path("own")).daprd == folder / "daprd"


def test_another_version_than_asked_for_is_refused_and_never_passed_over(folder, machine, said):
    machine.dapr(machine.path)
    text = refused(said, folder, "1.18.2")
    assert f"{folder}/daprd is Dapr 1.17.3, but --dapr-runtime-version=1.18.2 is asked for" in text


def test_a_folder_that_is_not_there_and_a_file_are_told_apart(folder, said):
    assert "there is no such folder" in refused(said, folder / "none")
    assert "this is a file\nnext step: name the folder that daprd lies in" in refused(said, folder / "daprd")


def test_every_missing_or_unfit_program_is_named_at_once(folder, said):
    (folder / "scheduler").unlink()
    (folder / "sentry").chmod(0o644)
    (folder / "placement").unlink()
    (folder / "placement").mkdir()
    text = refused(said, folder)
    for problem in ("scheduler is missing", "sentry may not be executed", "placement is no file"):
        assert f"{folder}/{problem}" in text
    assert "chmod +x" in text


def test_a_program_of_another_architecture_is_named(folder, said):
    shutil.copyfile(sys.executable, folder / "scheduler")
    foreign = bytearray((folder / "scheduler").read_bytes())
    foreign[18:20] = (22).to_bytes(2, "little")  # IBM S/390
    (folder / "scheduler").write_bytes(foreign)
    assert "scheduler is made for another architecture; this machine is " in refused(said, folder)


def test_a_daprd_that_does_not_answer_is_refused(folder, machine, said):
    machine.script(folder / "daprd", "exit 1\n")
    assert f"next step: run `{folder}/daprd --version`" in refused(said, folder)


def test_a_daprd_built_by_hand_is_judged_as_the_version_that_is_named(folder, machine, said):
    machine.dapr(folder, "edge")
    assert "calls itself 'edge', which is no release\nnext step: add --dapr-runtime-version" in refused(said, folder)
    assert provide("1.18.2", said.append, path=folder).version == "1.18.2"
    assert said[0] == f"{folder}/daprd calls itself 'edge', which is no release: judged as Dapr 1.18.2"


def test_a_daprd_that_is_too_old_is_refused(folder, machine, said):
    machine.dapr(folder, "1.12.0")
    assert "Dapr 1.12.0 is not supported" in refused(said, folder)
