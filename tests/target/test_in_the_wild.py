"""Shapes of dapr.yaml that public projects have."""

import pytest

from dapr_conformance.target import run_file

EVERY_FIELD = """\
version: 1
name: shop
common:
  resourcesPath: ./components
  resourcesPaths: [./other]
  configFilePath: ./config.yaml
  appLogDestination: console
  daprdLogDestination: file
  logLevel: debug
  placementHostAddress: " "
  schedulerHostAddress: localhost
  apiListenAddresses: 127.0.0.1
  enableProfiling: false
  env: {OTEL: "on"}
apps:
  - appID: orders
    appDirPath: ./orders
    appPort: 8001
    appProtocol: grpc
    appMaxConcurrency: -1
    daprHTTPPort: 3501
    daprGRPCPort: 50002
    daprInternalGRPCPort: 50003
    metricsPort: 9091
    profilePort: 7771
    enableApiLogging: true
    enableAppHealthCheck: false
    readBufferSize: 4Ki
    maxBodySize: 4Mi
    runtimePath: .
    resourcesPaths:
      - ../other
    env:
      DEBUG: true
    command:
      - uvicorn
      - 'app:app'
      - --reload
      - --port
      - 8001
"""


def read(project, text):
    (project / "dapr.yaml").write_text(text)
    (project / "config.yaml").write_text("")
    return run_file.read(project / "dapr.yaml")


def test_every_field_that_the_cli_knows_is_no_news(project):
    found = read(project, EVERY_FIELD)
    (app,) = found.apps
    assert found.notes == ()
    assert app.command == ("uvicorn", "app:app", "--reload", "--port", "8001")
    assert app.env == {"OTEL": "on", "DEBUG": "true"}
    assert app.resources_paths == (project / "other",)
    assert app.config_path == project / "config.yaml"
    assert (app.dapr_http_port, app.dapr_grpc_port) == (3501, 50002)
    assert app.daprd_flags == {"app-max-concurrency": "-1", "read-buffer-size": "4Ki", "max-body-size": "4Mi"}


COMMANDS = [
    ('["dotnet", "run"]', ("dotnet", "run")),
    ("['./gradlew', bootRun]", ("./gradlew", "bootRun")),
    ("\n    - docker\n    - compose\n    - up", ("docker", "compose", "up")),
    (
        "[java, -jar, target/app-1.0.jar, --server.port=8080]",
        ("java", "-jar", "target/app-1.0.jar", "--server.port=8080"),
    ),
    ("[./app, 010, yes, null, 1.10]", ("./app", "010", "yes", "", "1.10")),
    ("[]", ()),
    ("", ()),
]


@pytest.mark.parametrize(("written", "command"), COMMANDS)
def test_commands(project, written, command):
    (app,) = read(project, f"version: 1\napps:\n- appDirPath: orders\n  command: {written}\n").apps
    assert app.command == command


@pytest.mark.parametrize(
    ("folder", "app_id"),
    [("./orders", "orders"), ("orders/", "orders"), ("orders/../shipping", "shipping"), (".", "project")],
)
def test_without_an_id_the_folder_names_the_app(project, folder, app_id):
    assert read(project, f"version: 1\napps:\n- {{appDirPath: {folder}}}\n").apps[0].app_id == app_id


def test_a_sibling_folder_and_an_anchor(project):
    text = "version: 1\napps:\n- &app {appDirPath: ../project/orders, appPort: 1}\n- {<<: *app, appID: b, appPort: 2}\n"
    one, other = read(project, text).apps
    assert one.directory == other.directory == project / "orders"
    assert [(app.app_id, app.port) for app in (one, other)] == [("orders", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("own", "common", "merged"),
    [
        ("{A: 1}", "{B: 2}", {"A": "1", "B": "2"}),
        ("{A: 1}", "{A: 2}", {"A": "1"}),
        ("{A: }", "{A: 2}", {"A": ""}),
        ("", "{A: 2}", {"A": "2"}),
        ("{A: 1}", "", {"A": "1"}),
        ("{}", "", {}),
        ("{7: x}", "", {"7": "x"}),
    ],
)
def test_an_apps_env_wins_even_where_it_is_empty(project, own, common, merged):
    text = f"version: 1\ncommon:\n  env: {common}\napps:\n- appDirPath: orders\n  env: {own}\n"
    assert read(project, text).apps[0].env == merged
