from types import SimpleNamespace

import pytest

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import disk
from dapr_conformance.runtime.cache import Cache, prepare


@pytest.fixture
def cache(machine):
    cache = Cache(machine.cache)
    prepare(cache)
    return cache


def free(monkeypatch, size):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=size))


def test_a_cold_build_needs_nine_gigabytes(cache, monkeypatch):
    free(monkeypatch, 8_900_000_000)
    with pytest.raises(RuntimeUnavailableError) as error:
        disk.check(cache, "1.18.2")
    assert f"needs 9.0 GB of disk in {cache.root}; 8.9 GB are free." in str(error.value)
    free(monkeypatch, 9_000_000_000)
    disk.check(cache, "1.18.2")


def test_a_warm_build_needs_less(cache, monkeypatch):
    (cache.go / "mod").mkdir()
    with (cache.go / "mod" / "sparse").open("wb") as file:
        file.truncate(6_000_000_000)
    free(monkeypatch, 3_100_000_000)
    disk.check(cache, "1.18.2")
    free(monkeypatch, 2_900_000_000)
    with pytest.raises(RuntimeUnavailableError, match=r"needs 3\.0 GB"):
        disk.check(cache, "1.18.2")


def test_what_the_caches_hold_is_said_with_a_command_for_the_shell(cache):
    assert disk.how_to_free(cache).endswith(f"chmod -R u+w '{cache.go}' && rm -rf '{cache.go}'")
