import pytest


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("DAPR_RUNTIME_PATH", raising=False)
    return home


@pytest.fixture
def project(tmp_path, home):  # noqa: ARG001 - no test may see the real ~/.dapr
    root = tmp_path / "project"
    for folder in ("orders", "shipping", "components", "other"):
        (root / folder).mkdir(parents=True)
    return root
