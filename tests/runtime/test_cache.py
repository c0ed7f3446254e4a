from pathlib import Path

import pytest

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.cache import Cache, default_root, prepare, workplace

VERSION = "1.18.2"


@pytest.mark.parametrize(
    ("env", "root"),
    [
        ({"DAPR_CONFORMANCE_CACHE": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/a"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/a"}, "/xdg/dapr-conformance"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/a"}, "/home/a/.cache/dapr-conformance"),
        ({"HOME": "/home/a"}, "/home/a/.cache/dapr-conformance"),
    ],
)
def test_the_cache_folder_follows_the_environment(env, root):
    assert default_root(env) == Path(root)


def test_a_relative_cache_folder_is_made_absolute():
    assert default_root({"DAPR_CONFORMANCE_CACHE": "here"}) == Path.cwd() / "here"


def test_without_home_the_error_says_what_to_set():
    with pytest.raises(RuntimeUnavailableError, match=r"HOME is not set\.\nnext step: .*DAPR_CONFORMANCE_CACHE"):
        default_root({})


@pytest.mark.parametrize("folder", ["/proc/no-such-folder", "file/below"])
def test_a_cache_that_cannot_be_written_is_named(folder, tmp_path):
    (tmp_path / "file").touch()
    root = tmp_path / folder
    with pytest.raises(RuntimeUnavailableError) as error:
        prepare(Cache(root))
    assert f"The cache folder {root} cannot be written" in str(error.value)
    assert "DAPR_CONFORMANCE_CACHE" in error.value.advice


def test_a_runtime_with_a_program_missing_is_not_whole(machine):
    cache = Cache(machine.cache)
    machine.dapr(cache.runtimes / VERSION, leave_out="placement")
    assert cache.stored(VERSION) is None
    machine.dapr(cache.runtimes / VERSION)
    assert cache.stored(VERSION).placement == cache.runtimes / VERSION / "placement"


def test_publishing_replaces_what_is_not_whole(machine, tmp_path):
    cache = Cache(machine.cache)
    prepare(cache)
    machine.dapr(cache.runtimes / VERSION, leave_out="placement")
    machine.dapr(tmp_path / "built")
    assert cache.publish(tmp_path / "built", VERSION) == cache.stored(VERSION)
    assert not (tmp_path / "built").exists()


def test_a_workplace_is_new_and_sweeps_what_a_killed_build_left(machine):
    cache = Cache(machine.cache)
    prepare(cache)
    left = cache.runtimes / f".building-{VERSION}-left"
    (left / "bin").mkdir(parents=True)
    other = cache.runtimes / ".building-1.15.0-other"
    other.mkdir()
    with workplace(cache.runtimes, f".building-{VERSION}-") as place:
        assert list(place.iterdir()) == []
        assert not left.exists()
    assert not place.exists()
    assert other.exists()
