import re
import signal

import pytest

from dapr_conformance.errors import RuntimeUnavailableError, UsageError
from dapr_conformance.runtime.provider import provide

VERSION = "1.18.2"


def test_path_comes_before_the_cache(machine, said):
    on_path = machine.dapr(machine.path)
    machine.dapr(machine.cache / "runtime" / VERSION)
    assert provide(VERSION, said.append, machine.cache).daprd == on_path
    assert said == [f"Dapr {VERSION} from PATH: {machine.path}"]


def test_the_cache_serves_without_a_lock_or_a_go(machine, said):
    stored = machine.dapr(machine.cache / "runtime" / VERSION)
    found = provide(VERSION, said.append, machine.cache)
    assert found.daprd == stored
    assert found.source == f"cache: {stored.parent}"
    assert [path.name for path in machine.cache.iterdir()] == ["runtime"]


def test_the_default_cache_is_below_home(machine, said):
    stored = machine.dapr(machine.home / ".cache" / "dapr-conformance" / "runtime" / VERSION)
    assert provide(VERSION, said.append).daprd == stored


def test_a_runtime_is_built_once_and_kept(machine, said):
    machine.go()
    machine.open_gate()
    found = provide(VERSION, said.append, machine.cache)
    assert found.daprd == machine.cache / "runtime" / VERSION / "daprd"
    assert found.source.startswith("the build of github.com/dapr/dapr@v1.18.2, kept in ")
    assert provide(VERSION, said.append, machine.cache).source.startswith("cache: ")
    assert machine.calls("build") == 1


def test_a_build_says_what_it_does(machine, said):
    machine.go()
    machine.open_gate()
    provide(VERSION, said.append, machine.cache)
    text = "\n".join(said)
    assert "not on PATH, not in ~/.dapr/bin and not in" in said[0]
    assert "building with go1.26.8: 2 packages to compile, 4 programs to link" in text
    assert "building: 1 of 2 packages compiled, 0 of 4 programs linked (16 %), 0 s" in text
    assert re.search(
        r"go holds \S+ GB that only another build would use; to delete it: chmod -R u\+w '.*a cache/go'", text
    )


def test_a_build_leaves_the_programs_a_lock_and_a_log(machine, said):
    machine.go()
    machine.open_gate()
    provide(VERSION, said.append, machine.cache)
    left = {path.name for path in (machine.cache / "runtime").iterdir()}
    assert left == {VERSION, f"{VERSION}.lock", f"{VERSION}.log"}
    programs = {path.name for path in (machine.cache / "runtime" / VERSION).iterdir()}
    assert programs == {"daprd", "placement", "scheduler", "sentry"}


def test_two_processes_build_once_and_the_second_says_for_whom_it_waits(machine):
    machine.go()
    first = machine.start()
    machine.pid()
    second = machine.start()
    assert second.stdout.readline() == f"process {first.pid} is getting Dapr 1.18.2; waiting for it, 0 s\n"
    machine.open_gate()
    results = [process.communicate(timeout=20)[0].splitlines()[-1] for process in (first, second)]
    assert results == [f"RESULT {machine.cache}/runtime/{VERSION}/daprd"] * 2
    assert machine.calls("build") == 1


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_build_ends_its_go_and_the_next_one_succeeds(machine, said, ended, sign):
    machine.go()
    process = machine.start()
    go = machine.pid()
    process.send_signal(sign)
    process.communicate(timeout=20)
    ended(go)
    assert not (machine.cache / "runtime" / VERSION).exists()
    machine.open_gate()
    assert provide(VERSION, said.append, machine.cache).daprd.exists()
    assert list((machine.cache / "runtime").glob(".building-*")) == []


def test_an_interrupted_build_says_that_the_next_one_goes_on(machine):
    machine.go()
    process = machine.start()
    machine.pid()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert output.splitlines()[-1].startswith("stopped; the next run goes on with what is downloaded and compiled")


def test_a_go_that_fails_gives_its_last_lines_and_the_log(machine, said):
    machine.go()
    machine.open_gate("# example.com/a\na.go:1: undefined: x\n")
    with pytest.raises(RuntimeUnavailableError) as error:
        provide(VERSION, said.append, machine.cache)
    log = machine.cache / "runtime" / f"{VERSION}.log"
    assert "cannot be built: go failed." in str(error.value)
    assert "  a.go:1: undefined: x" in str(error.value)
    assert f"log: {log}" in str(error.value)
    assert "undefined: x" in log.read_text()
    assert not (machine.cache / "runtime" / VERSION).exists()


def test_a_daprd_that_does_not_call_itself_by_the_version_is_not_published(machine, said):
    machine.script(machine.path / "go", machine.go_text("1.26.8").replace('echo %s\\n\' "$version"', "echo edge\\n'"))
    machine.open_gate()
    with pytest.raises(RuntimeUnavailableError, match=r"calls itself edge, not 1\.18\.2"):
        provide(VERSION, said.append, machine.cache)
    assert not (machine.cache / "runtime" / VERSION).exists()


def test_what_is_nowhere_is_told_with_every_step_and_why(machine, said):
    with pytest.raises(RuntimeUnavailableError) as error:
        provide("1.19.0", said.append, machine.cache)
    no_image, no_archive, no_build = str(error.value).splitlines()[1:4]
    assert no_image == "container image daprio/dapr:1.19.0: there is no docker on PATH"
    assert no_archive.startswith(
        "release archives http://127.0.0.1:1/v1.19.0/: http://127.0.0.1:1/v1.19.0/daprd_linux_"
    )
    assert "cannot be reached: [Errno 111] Connection refused" in no_archive
    assert no_build.startswith("build of github.com/dapr/dapr@v1.19.0: It is not known which Go builds Dapr 1.19.")
    assert "\nallowed: 1.14.x, 1.15.x, 1.16.x, 1.17.x, 1.18.x\nnext step: " in str(error.value)
    assert sum(line.startswith("not to be had there: ") for line in said) == 3


def test_a_version_before_the_first_scheduler_is_wrong_usage(machine, said):
    with pytest.raises(UsageError, match=r"Dapr 1\.13\.6 is not supported.*\nallowed: 1\.14\.x, .*1\.18\.x"):
        provide("1.13.6", said.append, machine.cache)


@pytest.mark.parametrize("version", ["v1.18.2", "latest", "1.18", "../1.18.2", ""])
def test_what_is_no_version_is_wrong_usage(machine, said, version):
    with pytest.raises(UsageError, match="is not a Dapr version"):
        provide(version, said.append, machine.cache)
