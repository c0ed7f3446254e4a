from pathlib import Path

import pytest

from dapr_conformance.errors import TargetError, UsageError
from dapr_conformance.target import run_file


def read(project, text, name="dapr.yaml"):
    (project / name).write_text(text)
    return run_file.read(project / name)


def one(project, keys="", common=""):
    """Read a file with one app `orders` that has these extra keys."""
    text = f"version: 1\n{common}apps:\n- appDirPath: ./orders\n  appID: orders\n{keys}"
    return read(project, text)


FULL = """\
version: 1
common:
  resourcesPath: ./components
  env:
    DEBUG: true
    SHARED: common
apps:
  - appID: orders
    appDirPath: ./orders/
    appPort: 8001
    appProtocol: GRPC
    daprHTTPPort: 3510
    command: ["python3", "app.py", --port, 8001]
    env: {SHARED: own, PRICE: 1.10, PIN: 0123, YES: yes, NONE: null, TILDE: ~, EMPTY: "", QUOTED: "yes"}
    enableAppHealthCheck: true
    appHealthCheckPath: /healthz
    logLevel: debug
  - appDirPath: shipping
"""


def test_a_full_file(project):
    found = read(project, FULL)
    orders, shipping = found.apps
    assert orders.directory == project / "orders"
    assert orders.command == ("python3", "app.py", "--port", "8001")
    assert (orders.port, orders.protocol) == (8001, "grpc")
    assert (orders.dapr_http_port, orders.dapr_grpc_port, orders.port_location.line) == (3510, None, 10)
    assert list(orders.literal_ports) == [3510, 8001]
    assert orders.env == {
        "DEBUG": "true",
        "SHARED": "own",
        "PRICE": "1.10",
        "PIN": "0123",
        "YES": "yes",
        "NONE": "",
        "TILDE": "",
        "EMPTY": "",
        "QUOTED": "yes",
    }
    assert orders.resources_paths == shipping.resources_paths == (project / "components",)
    assert (orders.health_check, orders.health_check_path) == (True, "/healthz")
    assert orders.location.line == 8
    assert (shipping.app_id, shipping.command, shipping.port, shipping.protocol) == ("shipping", (), None, "http")
    alone = "so only a sidecar is started for it; add `command: [...]` to start it"
    assert found.notes == (
        f"{project}/dapr.yaml:18: no `appID`, so the app id is the last part of `appDirPath`: shipping",
        f"{project}/dapr.yaml:18: the app 'shipping' has no `command`, {alone}",
    )


@pytest.mark.parametrize(
    ("keys", "line", "words"),
    [
        (
            "  command: npm start\n",
            5,
            "must be a list, not the text 'npm start'\nnext step: write a list: command: [\"npm\"",
        ),
        ("  command: [[npm, start]]\n", 5, "`apps[0].command[0]` must be a text, not a list"),
        ('  appPort: "3000"\n', 5, "must be a whole number without quotes, not the text '3000'"),
        ("  appPort: ${PORT}\n", 5, "not the text '${PORT}'"),
        ("  appPort: 70000\n", 5, "the highest TCP port is 65535"),
        (f"  appPort: {'9' * 5000}\n", 5, "must be a whole number"),
        ("  resourcesPaths: .dapr/resources\n", 5, "must be a list"),
        ("  resourcesPath: [a]\n", 5, "must be a text, not a list"),
        ("  env: [A=1]\n", 5, "must be a mapping of keys, not a list"),
        ("  env:\n    A: [1]\n", 6, "`apps[0].env.A` must be a text, not a list"),
        ("  enableAppHealthCheck: 'true'\n", 5, "true or false without quotes"),
        ("  appProtocol: htp\n", 5, "allowed: http, grpc, https, grpcs, h2c"),
        ("  appLogDestination: stdout\n", 5, "allowed: file, console, fileAndConsole"),
        ("  containerImagePullPolicy: Sometimes\n", 5, "allowed: Always, Never, IfNotPresent"),
        ("  resourcesPath: ./nowhere\n", 5, "nowhere does not exist\nnext step: it is relative to"),
        ("  configFilePath: ./nowhere.yaml\n", 5, "does not exist"),
        ("  runtimePath: ./nowhere\n", 5, "does not exist"),
        ("  resourcesPaths:\n  - ../components\n  - ./nowhere\n", 7, "`apps[0].resourcesPaths[1]`"),
        ("  appID: again\n", 5, "stands here again"),
        (f"  resourcesPath: {'x' * 5000}\n", 5, "does not exist"),
        ("  resourcesPath: ../component\n", 5, "; did you mean {project}/components?"),
        ("  maxBodySize: 16 MB\n", 5, "is '16 MB', which is no size\nnext step: write a number with a unit"),
        ("  appPort: 08a\n", 5, "write the number alone, as in appPort: 1"),
    ],
)
def test_what_the_cli_refuses_is_refused_with_its_line(project, keys, line, words):
    with pytest.raises(TargetError) as caught:
        one(project, keys)
    assert caught.value.location.line == line
    assert caught.value.location.file == project / "dapr.yaml"
    assert words.replace("{project}", str(project)) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this is no Dapr run template: it is empty"),
        ("# nothing\n", "it is empty"),
        ("---\n", "it is empty"),
        ("- a\n", "it is no mapping of keys"),
        ("just text\n", "it is no mapping of keys"),
        ("version: 1\nservices: {}\n", "it has no `apps`"),
        ("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n---\nb: 1\n", "it is a Component"),
        ("kind: [1]\n", "must be a text"),
        ("version: 1\napps:\n", "`apps` lists no app"),
        ("version: 1\napps: []\n", "`apps` lists no app"),
        ("version: 1\napps: {orders: 1}\n", "`apps` must be a list"),
        ("version: 1\napps: [orders]\n", "`apps[0]` must be a mapping of keys, not the text 'orders'"),
        ("apps:\n- appDirPath: orders\n", "the required key `version` is missing"),
        ("version: one\napps:\n- appDirPath: orders\n", "`version` must be a whole number"),
        ("version: 1\napps:\n- appID: a\n", "`apps[0]` lacks the required key `appDirPath`"),
        ("version: 1\napps:\n- appDirPath: ./missing\n", "does not exist"),
        ("version: 1\napps:\n- appDirPath: dapr.yaml\n", "is a file, not a folder"),
        ("version: 1\ncommon: [a]\napps:\n- appDirPath: orders\n", "`common` must be a mapping"),
        ("version: 1\ncommon: {resourcesPath: nope}\napps:\n- appDirPath: orders\n", "nope does not exist"),
        ("version: 1\napps: [],\n", "not valid YAML"),
        ('version: 1\napps:\n- command: ["npm" "run" "dev"]\n', "not valid YAML"),
    ],
)
def test_what_is_no_run_template_is_said(project, text, words):
    with pytest.raises(TargetError) as caught:
        read(project, text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{project}/dapr.yaml")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            "  daprHttpPort: 3500\n",
            ":5: the Dapr CLI ignores the unknown key `daprHttpPort` (did you mean `daprHTTPPort`?)",
        ),
        ("  appId: x\n", "(did you mean `appID`?)"),
        ("  resourcePaths: [a]\n", "(did you mean `resourcesPaths`?)"),
        ("  grpcPort: 1\n", "(did you mean `daprGRPCPort`?)"),
        ("  config: daprConfig\n", "(did you mean `configFilePath`?)"),
        ("  dependsOn: [redis]\n", "ignores the unknown key `dependsOn`"),
        ("  venv: .venv\n", "ignores the unknown key `venv`"),
        ("  logging: {level: debug}\n", "ignores the unknown key `logging`"),
        ("  daprHTTPMaxRequestSize: 4\n", "ignores the unknown key `daprHTTPMaxRequestSize`"),
        ("logLevel: debug\n", "unknown key `logLevel`: it belongs to an app or under `common`"),
        ("appPort: 1\n", "unknown key `appPort`: it belongs to an app"),
        ("  appHealthCheckPath: /h\n", "has no effect without `enableAppHealthCheck: true`"),
        ("  env: {DAPR_HTTP_PORT: 3500}\n", "`env` sets DAPR_HTTP_PORT=3500; dapr-conformance sets its own value"),
        ("  env: {APP_PORT: 1, DAPR_GRPC_PORT: 2}\n", "sets APP_PORT=1;"),
        ("  env: {DAPR_PORT: 1}\n", "sets DAPR_PORT=1;"),
        ("  appPort: 3500\n", ":3: `appPort` 3500 is the default port of the sidecar's HTTP API"),
        ("  appPort: 50001\n", "the default port of the sidecar's gRPC API"),
        ("  logLevel: debug\n", "the app 'orders' has no `command`, so only a sidecar is started for it"),
        ("  containerImage: shop:1\n", "has no `command`: `containerImage` shop:1 runs in Kubernetes only"),
        ("  appChannelAddress: 10.0.0.7\n", ":5: the app is called on 127.0.0.1, not on this address"),
        ("  unixDomainSocket: /tmp/s\n", ":5: the sidecar listens on TCP ports, not on this socket"),
    ],
)
def test_what_the_cli_ignores_is_noted(project, keys, words):
    assert any(words in note for note in one(project, keys).notes)


def test_a_misspelt_app_id_leaves_the_folders_name(project):
    found = read(project, "version: 1\napps:\n- appId: shop\n  appDirPath: ./orders\n")
    assert found.apps[0].app_id == "orders"
    assert any("did you mean `appID`" in note for note in found.notes)


def test_a_key_of_an_app_under_common_is_noted(project):
    assert "unknown key `appPort`: it belongs to an app" in one(project, common="common: {appPort: 1}\n").notes[0]


def test_a_file_that_only_names_and_types_is_read_by_its_folders(project):
    found = read(project, "version: 1\napps:\n- name: a\n  type: http\n  appDirPath: shipping\n")
    assert [app.app_id for app in found.apps] == ["shipping"]
    assert len(found.notes) == 4


def test_a_byte_order_mark_and_all_apps_in_one_folder(project):
    found = read(project, "\ufeffversion: 1\napps:\n- {appDirPath: ., appID: a}\n- {appDirPath: ., appID: b}\n")
    assert {app.directory for app in found.apps} == {project}


def test_the_same_port_twice_is_noted(project):
    text = "version: 1\napps:\n- {appDirPath: ., appID: a, appPort: 8080}\n- {appDirPath: ., appID: b, appPort: 8080}\n"
    assert (
        f"{project}/dapr.yaml:4: `appPort` 8080 is also that of the app 'a'; give one of them another port"
        in read(project, text).notes
    )


def test_what_changes_the_apps_surroundings_becomes_a_flag_of_daprd(project):
    common = "common: {maxBodySize: 16Mi, appMaxConcurrency: 4, appHealthThreshold: 2}\n"
    keys = "  maxBodySize: 1Mi\n  appMaxConcurrency: 0\n  readBufferSize: 64Ki\n  appHealthProbeInterval: 0x3\n"
    assert one(project, keys, common).apps[0].daprd_flags == {
        "app-max-concurrency": "4",
        "max-body-size": "1Mi",
        "read-buffer-size": "64Ki",
        "app-health-probe-interval": "3",
        "app-health-threshold": "2",
    }


@pytest.mark.parametrize(
    ("written", "port"), [("010", 8), ("0x1F90", 8080), ("8_080", 8080), ("3000.7", 3000), ("1e3", 1000)]
)
def test_numbers_are_read_as_the_cli_reads_them(project, written, port):
    assert one(project, f"  appPort: {written}\n").apps[0].port == port


@pytest.mark.parametrize("port", ["-1", "0", "", "null"])
def test_an_app_without_a_port(project, port):
    assert one(project, f"  appPort: {port}\n").apps[0].port is None


def test_common_fills_what_the_app_leaves_zero_so_false_cannot_win(project):
    common = "common: {enableAppHealthCheck: true, appHealthCheckPath: /c, appProtocol: http, appSSL: true}\n"
    (app,) = one(project, "  enableAppHealthCheck: false\n  appHealthCheckPath: ''\n", common).apps
    assert (app.health_check, app.health_check_path, app.protocol) == (True, "/c", "https")


def test_an_unknown_app_id_lists_those_there_are(project):
    found = read(project, FULL)
    with pytest.raises(UsageError) as caught:
        found.app("order")
    assert str(caught.value) == (
        f"{project}/dapr.yaml: no app with the id 'order'\n"
        "allowed: orders, shipping\nnext step: did you mean --dapr-target=orders?"
    )
    assert caught.value.exit_status == 4


def test_an_app_id_given_twice_cannot_be_chosen(project):
    found = read(project, "version: 1\napps:\n- {appDirPath: ., appID: a}\n- {appDirPath: orders, appID: a}\n")
    with pytest.raises(UsageError, match=r"dapr.yaml:3, .*dapr.yaml:4"):
        found.app("a")


def test_a_relative_path_gives_absolute_ones(project, monkeypatch):
    (project / "dapr.yaml").write_text(FULL)
    monkeypatch.chdir(project)
    found = run_file.read(Path("dapr.yaml"))
    assert found.path == project / "dapr.yaml"
    assert found.apps[0].directory == project / "orders"
