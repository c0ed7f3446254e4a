from pathlib import Path

import pytest

from dapr_conformance.errors import TargetError, UsageError
from dapr_conformance.target.load import load, resources_of

RUN_FILE = """\
version: 1
apps:
- {appID: orders, appDirPath: ., appPort: 8001, command: [python3, app.py], resourcesPath: components}
- {appID: shipping, appDirPath: ., command: [./run]}
"""
STORE = """\
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: store}
spec: {type: state.in-memory, version: v1}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DAPR_RUNTIME_PATH", raising=False)
    folder = tmp_path / "project"
    (folder / "components").mkdir(parents=True)
    (folder / "components" / "store.yaml").write_text(STORE)
    return folder


def target(folder, app_id="orders", **options):
    nothing = {"run_file": None, "command": None, "app_port": None, "manifest": None}
    return load(app_id, directory=folder, **{**nothing, **options})


@pytest.mark.parametrize("name", ["dapr.yaml", "dapr.yml"])
def test_the_run_file_of_the_folder(folder, name):
    (folder / name).write_text(RUN_FILE)
    found = target(folder)
    assert (found.app_id, found.kind, found.source) == ("orders", "server", str(folder / name))
    assert [app.app_id for app in found.siblings] == ["shipping"]
    assert [one.name for one in found.components] == ["store"]
    assert (found.configuration, found.manifest.location, found.notes) == (None, None, ())


@pytest.mark.parametrize("named", ["apps.yaml", "."])
def test_a_named_run_file_or_its_folder(folder, named):
    (folder / "apps.yaml").write_text(RUN_FILE)
    (folder / "dapr.yaml").write_text(RUN_FILE)
    assert Path(target(folder, run_file=Path(named)).source).suffix == ".yaml"
    assert target(folder.parent, run_file=Path("project") / named).app.directory == folder


def test_an_app_without_resources_gets_what_dapr_init_gives(folder):
    (folder / "dapr.yaml").write_text(RUN_FILE)
    found = target(folder, "shipping")
    pubsub, store = found.components
    assert (pubsub.name, pubsub.type, pubsub.version) == ("pubsub", "pubsub.redis", "v1")
    assert (store.name, store.type, store.setting("actorStateStore")) == ("statestore", "state.redis", "true")
    assert store.document["spec"]["metadata"][2] == {"name": "actorStateStore", "value": "true"}
    assert pubsub.location.file == folder / "dapr.yaml"
    assert len(found.notes) == 1
    assert found.notes[0].startswith(f"{folder}/dapr.yaml:4: the app 'shipping' has no resource files")


def test_the_resources_of_a_sibling(folder):
    (folder / "dapr.yaml").write_text(RUN_FILE)
    (sibling,) = target(folder).siblings
    assert [one.name for one in resources_of(sibling, folder / "dapr.yaml").components] == ["pubsub", "statestore"]


def test_an_app_by_its_command(folder):
    (folder / "resources").mkdir()
    found = target(folder, "shop", command="node 'my server.js' --x", app_port=3000)
    assert found.app.command == ("node", "my server.js", "--x")
    assert (found.app.port, found.app.directory, found.kind) == (3000, folder, "server")
    assert found.app.resources_paths == (folder / "components", folder / "resources")
    assert (found.source, found.siblings) == ("node 'my server.js' --x", ())


def test_a_command_beside_a_run_file_wins_because_it_is_explicit(folder):
    (folder / "dapr.yaml").write_text(RUN_FILE)
    assert target(folder, "shop", command="./run").kind == "client"


def test_a_command_uses_the_dot_dapr_folder_first(folder):
    (folder / ".dapr" / "resources").mkdir(parents=True)
    (folder / ".dapr" / "config.yaml").write_text("apiVersion: dapr.io/v1alpha1\nkind: Configuration\nspec: {}\n")
    found = target(folder, "shop", command="./run")
    assert found.app.resources_paths == (folder / ".dapr" / "resources",)
    assert found.configuration.kind == "Configuration"
    assert found.components == ()


def test_a_command_without_any_resources_gets_the_default_components(tmp_path):
    found = target(tmp_path, "shop", command="./run")
    assert [one.location.file for one in found.components] == [tmp_path, tmp_path]


def test_the_manifest_beside_the_run_file_or_named(folder):
    (folder / "dapr.yaml").write_text(RUN_FILE)
    (folder / "dapr-conformance.yaml").write_text("state: {best_effort: [cache-]}\n")
    (folder / "other.yaml").write_text("state: {best_effort: [log-]}\n")
    assert target(folder).manifest.best_effort == ("cache-",)
    assert target(folder.parent, run_file=Path("project")).manifest.best_effort == ("cache-",)
    assert target(folder, manifest=Path("other.yaml")).manifest.best_effort == ("log-",)
    with pytest.raises(TargetError, match=r"none.yaml: does not exist"):
        target(folder, manifest=Path("none.yaml"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "there is no dapr.yaml or dapr.yml in {folder}\nnext step: write a dapr.yaml here, or name one with "),
        ({"run_file": Path()}, "there is no dapr.yaml or dapr.yml in {folder}"),
        ({"run_file": Path("no.yaml")}, "{folder}/no.yaml: there is no such run file"),
        ({"run_file": Path("a.yaml"), "command": "x"}, "--dapr-run-file and --dapr-command both say"),
        ({"run_file": Path("a.yaml"), "app_port": 1}, "--dapr-app-port goes only with --dapr-command"),
        ({"app_port": 1}, "--dapr-app-port goes only with --dapr-command"),
        ({"command": ""}, "--dapr-command is empty"),
        ({"command": "  "}, "--dapr-command is empty"),
        ({"command": "node 'x"}, "cannot be split into words: No closing quotation"),
    ],
)
def test_wrong_use_says_what_to_do(folder, options, words):
    with pytest.raises(UsageError) as caught:
        target(folder, **options)
    assert words.format(folder=folder) in str(caught.value)
    assert caught.value.exit_status == 4


def test_no_source_names_the_three_ways(tmp_path):
    with pytest.raises(UsageError) as caught:
        target(tmp_path)
    assert all(way in str(caught.value) for way in ("a dapr.yaml", "--dapr-run-file", "--dapr-command"))


def test_no_such_app_lists_those_found(folder):
    (folder / "dapr.yaml").write_text(RUN_FILE)
    with pytest.raises(UsageError, match=r"dapr.yaml: no app with the id 'nope'\nallowed: orders, shipping"):
        target(folder, "nope")


def test_templates_by_other_names_are_offered(folder):
    (folder / "dapr-A.yaml").write_text(RUN_FILE)
    (folder / "dapr-B.yml").write_text(RUN_FILE)
    (folder / "broken.yaml").write_text("version: 1\napps: [\n")
    (folder / "compose.yaml").write_text("services: {}\n")
    with pytest.raises(UsageError) as caught:
        target(folder)
    assert caught.value.allowed == ("dapr-A.yaml", "dapr-B.yml")
    assert caught.value.advice == "name one of these with --dapr-run-file=dapr-A.yaml"


def test_an_app_id_with_a_dot_is_refused_as_daprd_does(folder):
    (folder / "dapr.yaml").write_text("version: 1\napps:\n- {appID: my.app, appDirPath: .}\n")
    with pytest.raises(UsageError, match=r"dapr.yaml:3: the app id 'my.app' has a dot.*\nnext step: .* my-app"):
        target(folder, "my.app")
    with pytest.raises(UsageError, match="has a dot"):
        target(folder, "my.app", command="./run")
