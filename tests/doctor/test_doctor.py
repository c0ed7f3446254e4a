import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

from dapr_conformance.cli import main
from dapr_conformance.doctor import dapr, examine, packages, programs
from dapr_conformance.doctor.finding import Finding, lines
from dapr_conformance.options import TABLE, Option

FOUR = ("daprd", "placement", "scheduler", "sentry")


@dataclass
class Machine:
    """`path` is all of PATH, `home` is HOME; both begin empty."""

    path: Path
    home: Path

    def program(self, name, text, folder=None):
        file = (folder or self.path) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    def dapr(self, version, folder=None):
        for name in FOUR:
            self.program(name, f"echo {version}", folder)

    def cached(self, version):
        self.dapr(version, self.home / ".cache/dapr-conformance/runtime" / version)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    made = Machine(tmp_path / "path", tmp_path / "home")
    made.path.mkdir()
    made.home.mkdir()
    monkeypatch.setenv("PATH", str(made.path))
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.delenv("DAPR_CONFORMANCE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return made


@pytest.fixture
def full(machine):
    machine.cached("1.18.2")
    machine.dapr("1.16.0")
    machine.program("docker", "echo 28.2.2")
    machine.program("go", "echo go1.26.8")
    machine.program("node", "echo v20.20.2")
    machine.program("java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    machine.program("redis-server", "echo 'Redis server v=7.0.15 sha=00000000:0'")
    machine.program("postgres", "echo 'postgres (PostgreSQL) 15.18'")
    machine.program("kafka-server-start.sh", "exit 1")
    machine.program("jaeger-all-in-one", "echo 'jaeger-all-in-one version 1.76.0'")
    return machine


def examined():
    """The findings by name, the last line and the exit status."""
    said = []
    findings = examine.examine()
    status = examine.tell(findings, said.append)
    return {finding.what: finding for finding in findings}, said[-1], status


def test_a_full_machine_has_everything_and_an_app_can_be_judged(full):
    found, last, status = examined()
    assert {what: finding.state for what, finding in found.items() if what not in ("Python", "Packages", "Cache")} == {
        "Dapr 1.18.2": f"cache: {full.home}/.cache/dapr-conformance/runtime/1.18.2 (0 MB)",
        "Dapr 1.16.0": f"PATH: {full.path}",
        "Docker": f"28.2.2  {full.path}/docker",
        "Go": f"go1.26.8  {full.path}/go",
        "Node": f"20.20.2  {full.path}/node",
        "Java": f"17.0.15  {full.path}/java",
        "Redis": f"7.0.15  {full.path}/redis-server",
        "Kafka": f"{full.path}/kafka-server-start.sh",
        "PostgreSQL": f"15.18  {full.path}/postgres",
        "Jaeger": f"1.76.0  {full.path}/jaeger-all-in-one",
        "Own network": found["Own network"].state,
    }
    assert last == (
        "Ready: pytest --dapr-target=APP_ID judges an app beside Dapr 1.18.2; with --dapr-runtime-version also 1.16.0."
    )
    assert status == 0


@pytest.mark.usefixtures("machine")
def test_a_bare_machine_is_told_what_is_missing_and_how_to_get_it(monkeypatch):
    monkeypatch.setattr(
        programs, "PROGRAMS", [row for row in programs.PROGRAMS if not any("*" in name for name in row.names)]
    )
    found, last, status = examined()
    missing = {what for what, finding in found.items() if not finding.found}
    assert missing >= {"Dapr 1.18.2", "Docker", "Go", "Node", "Java", "Redis", "Kafka", "Jaeger"}
    assert all(found[what].get for what in missing)
    assert "there is no Dapr here. Next step: dapr-conformance runtime install" in last
    assert status == 6


def test_the_command_runs_on_a_bare_machine_without_a_home():
    env = {"PATH": "/nowhere", "HOME": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", "import sys; from dapr_conformance.cli import main; sys.exit(main(['doctor']))"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert done.stderr == ""
    assert "Cache        missing  There is no folder to keep Dapr's programs in: HOME is not set." in done.stdout
    assert done.stdout.splitlines()[-1].startswith("No app can be judged yet: there is no Dapr here.")


def test_another_version_alone_is_ready_with_its_option(machine, capsys):
    machine.dapr("1.16.0")
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Ready: pytest --dapr-target=APP_ID --dapr-runtime-version=1.16.0; "
        "without that option Dapr 1.18.2 is got first."
    )


def test_a_daprd_that_cannot_be_used_is_told_with_the_reason(machine):
    machine.dapr("1.18.2")
    (machine.path / "sentry").unlink()
    machine.dapr("edge", machine.home / ".dapr/bin")
    found, _, status = examined()
    assert found["Dapr edge"].state == (f"{machine.home}/.dapr/bin/daprd says 'edge': 'edge' is not a Dapr version.")
    states = [finding.state for finding in dapr.runtimes()]
    assert f"{machine.path}/daprd is Dapr 1.18.2, but sentry is neither beside it nor on PATH: not used" in states
    assert status == 6


def test_nothing_is_written(machine):
    examined()
    assert list(machine.home.iterdir()) == []


def test_a_program_that_hangs_costs_its_deadline_and_no_more(machine):
    for name in ("docker", "java", "node", "daprd", "go"):
        machine.program(name, "sleep 60")
    began = time.monotonic()
    found, _, _ = examined()
    assert time.monotonic() - began < 20
    assert found["Docker"].state.endswith("no daemon answers: no answer within 1.5 s")
    assert found["Java"].state.endswith("java -version` fails or says nothing within 1.5 s")
    assert found["Go"].state.endswith("does not tell its version within 1.5 s")


def test_a_docker_that_is_not_this_users_says_how_to_join(machine):
    machine.program("docker", "echo 'permission denied while trying to connect to the socket' >&2; exit 1")
    (found,) = programs.docker()
    assert found.get.startswith("join its group")


def test_a_docker_without_a_daemon_gives_its_reason(machine):
    machine.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    (found,) = programs.docker()
    assert found.state == f"{machine.path}/docker, but no daemon answers: Cannot connect to the Docker daemon"
    assert found.get.startswith("start its daemon")


def test_a_go_of_another_line_says_what_it_builds(machine):
    machine.program("go", "echo go1.24.11")
    assert dapr.go()[0].use == "building versions of Dapr 1.15, 1.16; apps in Go"
    machine.program("go", "echo go1.20.1")
    assert dapr.go()[0].use == "no Dapr, which needs another Go to build; apps in Go"


def test_a_server_is_good_for_what_the_options_know(monkeypatch):
    assert programs._infra("redis", "real Redis") == "nothing yet: runs use stand-ins and need no server"
    row = Option("dapr-infra", str, "embedded", "NAME", "", ("embedded", "redis"))
    monkeypatch.setattr(programs, "TABLE", [row, *TABLE])
    assert programs._infra("redis", "real Redis") == "real Redis (--dapr-infra=redis)"


def test_packages_are_told_by_extra_and_the_core_is_needed(monkeypatch):
    wanted = ["pytest>=8", "nowhere-to-be-had>=1", "hypothesis>=9999; extra == 'load'"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    _, core, *_ = packages.packages()
    assert (core.found, core.needed, core.state) == (False, True, "nowhere-to-be-had>=1")
    said = []
    assert examine.tell([core, Finding("Dapr", "", "", runtime="1.18.2")], said.append) == 6
    assert said[-1] == ("No app can be judged yet: nowhere-to-be-had>=1. Next step: pip install 'dapr-conformance'")


def test_an_extra_that_is_not_installed_stops_nothing(monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda _: ["pytest>=8", "locust>=9999; extra == 'load'"])
    monkeypatch.setattr(metadata, "metadata", lambda _: _Extras())
    _, core, load = packages.packages()
    assert core.found
    assert (load.what, load.found, load.needed) == ("Packages [load]", False, False)
    assert load.get == "pip install 'dapr-conformance[load]'"


class _Extras:
    def get_all(self, _):
        return ["load"]


def test_a_plugin_that_is_not_installed_is_told(monkeypatch):
    def none(_):
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", none)
    assert packages.packages()[1].needed


def test_the_table_shows_how_to_get_only_what_is_missing():
    rows = [Finding("Go", "1.26  /go", "builds", "apt"), Finding("Node", "none", "apps", "apt", found=False)]
    assert list(lines(rows)) == [
        "Go    found    1.26  /go",
        "      for      builds",
        "Node  missing  none",
        "      for      apps",
        "      get      apt",
    ]
