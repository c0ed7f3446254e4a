import pytest

from dapr_conformance.cli import main
from dapr_conformance.runtime.model import PROGRAMS


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache with two whole versions, a broken one and a build under way."""
    monkeypatch.setenv("DAPR_CONFORMANCE_CACHE", str(tmp_path))
    for version, names in {"1.9.0": PROGRAMS, "1.18.2": PROGRAMS, "1.17.0": PROGRAMS[:2]}.items():
        for name in names:
            program = tmp_path / "runtime" / version / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_bytes(b"x" * 1_000_000)
            program.chmod(0o755)
    (tmp_path / "runtime" / ".building-1.16.0-abc").mkdir()
    return tmp_path / "runtime"


def test_whole_versions_are_listed_with_their_size_oldest_first(cache, capsys):
    assert main(["runtime", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [["1.9.0", "4", "MB"], ["1.18.2", "4", "MB"]]
    assert str(cache / "1.18.2") in lines[1]


def test_an_empty_cache_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DAPR_CONFORMANCE_CACHE", str(tmp_path))
    assert main(["runtime", "list"]) == 0
    assert "no Dapr version in" in capsys.readouterr().out


def test_a_removed_version_is_gone_and_no_other(cache):
    assert main(["runtime", "remove", "1.9.0"]) == 0
    assert not (cache / "1.9.0").exists()
    assert (cache / "1.18.2" / "daprd").exists()


@pytest.mark.usefixtures("cache")
def test_removing_what_is_not_there_is_wrong_usage_with_what_is(capsys):
    assert main(["runtime", "remove", "1.0.0"]) == 4
    told = capsys.readouterr().err
    assert "Dapr 1.0.0 is not in" in told
    assert "1.9.0, 1.18.2" in told


@pytest.mark.usefixtures("cache")
def test_what_is_in_the_cache_is_installed(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("HOME", "/nowhere")
    assert main(["runtime", "install", "1.18.2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("/1.18.2/daprd")
