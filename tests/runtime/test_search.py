import pytest

from dapr_conformance.runtime.search import installed

VERSION = "1.18.2"


@pytest.mark.usefixtures("machine")
def test_nothing_is_found_on_an_empty_machine(said):
    assert installed(VERSION, said.append) is None
    assert said == []


def test_path_comes_before_the_folder_of_the_dapr_cli(machine, said):
    on_path = machine.dapr(machine.path)
    machine.dapr(machine.home / ".dapr" / "bin")
    found = installed(VERSION, said.append)
    assert found.daprd == on_path
    assert found.sentry == machine.path / "sentry"
    assert found.source == f"PATH: {machine.path}"


def test_the_folder_of_the_dapr_cli_is_searched(machine, said):
    own = machine.dapr(machine.home / ".dapr" / "bin")
    assert installed(VERSION, said.append).daprd == own


def test_without_home_only_path_is_searched(machine, said, monkeypatch):
    machine.dapr(machine.home / ".dapr" / "bin")
    monkeypatch.delenv("HOME")
    assert installed(VERSION, said.append) is None


def test_another_version_is_reported_and_passed_over(machine, said):
    other = machine.dapr(machine.path, "1.15.0")
    own = machine.dapr(machine.home / ".dapr" / "bin")
    assert installed(VERSION, said.append).daprd == own
    assert said == [f"{other} is Dapr 1.15.0, not 1.18.2: not used"]


def test_a_version_that_only_begins_alike_is_another_version(machine, said):
    machine.dapr(machine.path, "1.18.20")
    assert installed(VERSION, said.append) is None


def test_a_daprd_that_cannot_run_is_reported_and_passed_over(machine, said):
    broken = machine.dapr(machine.path)
    broken.write_bytes(b"\x7fELF of another machine")
    assert installed(VERSION, said.append) is None
    assert said == [f"{broken} is Dapr (does not answer --version), not 1.18.2: not used"]


def test_a_missing_program_is_taken_from_elsewhere_on_path(machine, said):
    own = machine.dapr(machine.home / ".dapr" / "bin", leave_out="sentry")
    sentry = machine.script(machine.path / "sentry", "")
    found = installed(VERSION, said.append)
    assert (found.daprd, found.sentry) == (own, sentry)


def test_a_daprd_without_its_companions_is_reported_and_passed_over(machine, said):
    daprd = machine.dapr(machine.path, leave_out="scheduler")
    assert installed(VERSION, said.append) is None
    assert said == [f"{daprd} is Dapr 1.18.2, but scheduler is neither beside it nor on PATH: not used"]
