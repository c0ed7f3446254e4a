import pytest

from dapr_conformance.target import run_file


def one(project, keys="", common=""):
    """Read a file with one app `orders` that has these extra keys."""
    file = project / "dapr.yaml"
    file.write_text(f"version: 1\n{common}apps:\n- appDirPath: ./orders\n  appID: orders\n{keys}")
    return run_file.read(file)


def test_the_users_folders_are_expanded(project, home):
    (home / "comp").mkdir()
    assert one(project, "  resourcesPath: ~/comp\n").apps[0].resources_paths == (home / "comp",)


def test_paths_are_cleaned_by_their_text(project):
    assert one(project, "  resourcesPath: ./not-there/../../components\n").apps[0].resources_paths == (
        project / "components",
    )


RESOURCES = [
    ("  resourcesPaths: [../other]\n  resourcesPath: ../components\n", True, True, ["other", "components"]),
    ("", True, True, ["orders/.dapr/resources"]),
    ("", False, True, ["components", "other"]),
    ("", False, False, ["../home/.dapr/components"]),
]


@pytest.mark.parametrize("case", RESOURCES)
def test_resources_by_the_order_of_precedence(project, home, case):
    keys, local, common, expected = case
    (home / ".dapr" / "components").mkdir(parents=True)
    if local:
        (project / "orders" / ".dapr" / "resources").mkdir(parents=True)
    shared = "common: {resourcesPath: other, resourcesPaths: [components]}\n" if common else ""
    (app,) = one(project, keys, shared).apps
    assert [str(path) for path in app.resources_paths] == [str((project / path).resolve()) for path in expected]


CONFIGURATIONS = [
    ("  configFilePath: own.yaml\n", True, True, "orders/own.yaml"),
    ("", True, True, "orders/.dapr/config.yaml"),
    ("", False, True, "common.yaml"),
    ("", False, False, "../home/.dapr/config.yaml"),
]


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_configuration_by_the_order_of_precedence(project, home, case):
    keys, local, common, expected = case
    (project / "orders" / ".dapr").mkdir()
    files = [home / ".dapr" / "config.yaml", project / "orders" / "own.yaml", project / "common.yaml"]
    for file in files + [project / "orders" / ".dapr" / "config.yaml"] * local:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    (app,) = one(project, keys, "common: {configFilePath: common.yaml}\n" if common else "").apps
    assert app.config_path == (project / expected).resolve()


def test_without_any_path_there_are_none(project):
    (app,) = one(project).apps
    assert (app.resources_paths, app.config_path) == ((), None)


def test_runtime_path_replaces_the_home_folder(project, tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name / ".dapr" / "components").mkdir(parents=True)
    monkeypatch.setenv("DAPR_RUNTIME_PATH", str(tmp_path / "a"))
    common = f"common: {{runtimePath: {tmp_path / 'b'}}}\n"
    found = [one(project), one(project, common=common), one(project, f"  runtimePath: {tmp_path / 'c'}\n", common)]
    assert [run.apps[0].resources_paths[0].parts[-3] for run in found] == ["a", "b", "c"]
