from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dapr_conformance.checkers.topic_scopes import denied_by
from dapr_conformance.control.generate import generate
from dapr_conformance.environment.plan import CALLER, PORTS_PER_UNIT, Setting, plan_arena
from dapr_conformance.environment.rung import OWN, rung_view
from dapr_conformance.probes.ladder import R2, R3
from dapr_conformance.probes.topics import admitted
from dapr_conformance.requirement import Arena
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.target.load import load

ORDERS = Path(__file__).parent.parent.parent / "examples" / "orders"


@pytest.fixture
def target():
    return load("orders", run_file=None, command=None, app_port=None, manifest=None, directory=ORDERS)


@pytest.fixture
def setting(tmp_path):
    program = Path("/nowhere/daprd")
    return Setting(Runtime("1.18.2", program, program, program, program, "a test"), tmp_path, "a1", "python")


def plan(target, setting, arena=None, control=None):
    return plan_arena(arena or Arena(), OWN, target, (), setting, iter(range(10_000, 10_100)), control)


def test_a_plan_is_the_same_for_the_same_input(target, setting):
    assert plan(target, setting) == plan(target, setting)


def test_recorders_stand_on_both_sides_of_the_app(target, setting):
    unit = plan(target, setting).unit
    specs = {spec.name: spec for spec in unit.recorders}
    inbound, outbound = specs[unit.inbound], specs[unit.outbound_http]
    daprd, app = unit.processes
    assert inbound.upstream_port == target.app.port
    assert inbound.listen_with_upstream
    assert daprd.argv[daprd.argv.index("--app-port") + 1] == str(inbound.listen_port)
    assert app.env["DAPR_HTTP_PORT"] == str(outbound.listen_port)
    assert outbound.upstream_port == unit.sidecar.http


def test_ports_of_the_run_file_are_where_the_app_looks_for_them(target, setting):
    app = replace(target.app, dapr_http_port=3500, dapr_grpc_port=50001)
    unit = plan(replace(target, app=app), setting).unit
    specs = {spec.name: spec for spec in unit.recorders}
    assert specs[unit.outbound_http].listen_port == 3500
    assert specs[unit.outbound_grpc].listen_port == 50001
    assert (unit.processes[1].env["DAPR_HTTP_PORT"], unit.processes[1].env["DAPR_GRPC_PORT"]) == ("3500", "50001")
    assert unit.processes[1].release_ports == (app.port,)
    assert set(unit.literal_ports) == {3500, 50001, app.port}
    assert unit.sidecar.http not in unit.literal_ports


def test_the_control_app_insists_on_no_port(target, setting):
    claiming = replace(target, app=replace(target.app, dapr_http_port=3500))
    unit = plan(claiming, setting, Arena(app="control"), generate(target, wire_subscriptions=())).unit
    assert unit.literal_ports == {}
    assert 3500 not in {spec.listen_port for spec in unit.recorders}


def test_of_two_apps_that_insist_on_one_port_the_first_gets_it(target, setting):
    first = replace(target, app=replace(target.app, dapr_http_port=3500))
    second = replace(first, app=replace(first.app, app_id="second", port=3500))
    third = replace(first, app=replace(first.app, app_id="third", port=None))
    for siblings, port in (((second,), 10_006), ((third,), 3500)):
        made = plan_arena(Arena(), OWN, first, siblings, setting, iter(range(10_000, 10_100)), None)
        listen = [spec.listen_port for unit in made.units for spec in unit.recorders]
        assert len(listen) == len(set(listen))
        assert made.unit.recorders[0].listen_port == port


def test_what_the_run_file_sets_of_daprd_is_set(target, setting):
    app = replace(target.app, daprd_flags={"max-body-size": "16Mi"})
    daprd, _ = plan(replace(target, app=app), setting).unit.processes
    assert daprd.argv[daprd.argv.index("--max-body-size") + 1] == "16Mi"


def test_every_port_is_used_once_and_held_by_the_process_that_listens_on_it(target, setting):
    unit = plan(target, setting, Arena(peers=("caller",))).unit
    listen = [spec.listen_port for spec in unit.recorders] + list(unit.processes[0].release_ports)
    assert len(listen) == len(set(listen)) <= PORTS_PER_UNIT


def test_a_twin_is_a_sidecar_before_the_same_app_that_looks_at_its_health_often(target, setting):
    made = plan(target, setting, Arena(app="control", twins=2), generate(target, wire_subscriptions=()))
    for twin in made.twins:
        (daprd,) = twin.processes
        inbound = next(spec for spec in twin.recorders if spec.name == twin.inbound)
        assert twin.app_id == made.unit.app_id
        assert inbound.upstream_port == made.unit.app_port
        assert "--enable-app-health-check" in daprd.argv
        assert daprd.argv[daprd.argv.index("--app-health-probe-interval") + 1] == "1"
        assert twin not in made.units
        assert twin.resources in made.folders


def test_stand_ins_keep_names_scopes_and_topic_scopes(target, setting):
    written = plan(target, setting).files
    files = {path.name: yaml.safe_load(text) for path, text in written.items() if path.suffix == ".yaml"}
    store = files["component-statestore.yaml"]
    assert store["spec"]["type"] == "state.sqlite"
    assert store["scopes"] == ["orders"]
    names = {item["name"] for item in files["component-pubsub.yaml"]["spec"]["metadata"]}
    assert "publishingScopes" in names
    assert "redisHost" not in names


def test_every_address_is_on_loopback(target, setting):
    argv = plan(target, setting).unit.processes[0].argv
    addresses = [argv[i + 1] for i, part in enumerate(argv) if part.endswith(("listen-addresses", "listen-address"))]
    assert addresses
    assert set(addresses) == {"127.0.0.1"}


def test_the_caller_is_a_sidecar_without_an_app(target, setting):
    caller = plan(target, setting, Arena(peers=("caller",))).caller
    assert caller.app_id == CALLER
    assert [process.role for process in caller.processes] == ["sidecar"]


def test_the_control_app_listens_on_a_port_of_its_own(target, setting):
    spec = generate(target, wire_subscriptions=())
    app = plan(target, setting, Arena(app="control"), spec).unit.processes[1]
    assert app.role == "control"
    assert app.env["APP_PORT"] == str(app.release_ports[0]) != str(target.app.port)


def test_rungs_replace_one_thing_after_another(target):
    default_files = rung_view(target, R2)
    assert (default_files.subscriptions, default_files.resiliencies, default_files.configuration) == ((), (), None)
    assert not any(component.scopes for component in default_files.components)
    default_components = rung_view(target, R3)
    kept = {item.name for component in default_components.components for item in component.metadata}
    assert kept <= {"actorStateStore"}


def test_probe_topics_are_admitted_where_scopes_restrict(target):
    pubsub = next(c for c in target.components if c.block == "pubsub")
    wide = next(c for c in admitted(target, 3).components if c.block == "pubsub")
    for setting_name in ("publishingScopes", "subscriptionScopes"):
        assert denied_by(pubsub, setting_name, "orders", "dc-probe-0")
        assert not denied_by(wide, setting_name, "orders", "dc-probe-0")


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 0),
        ({"health_check": True}, 15),
        ({"health_check": True, "daprd_flags": {"app-health-probe-interval": "20"}}, 45),
        ({"health_check": True, "protocol": "https"}, 0),
        ({"health_check": True, "port": None}, 0),
    ],
)
def test_how_long_the_question_for_subscriptions_may_take_follows_the_health_checks(target, setting, changes, seconds):
    app = replace(target.app, **changes)
    assert plan(replace(target, app=app), setting).unit.asked_within_s == seconds
    unsubscribed = replace(target, app=app, components=target.components_of("state"))
    assert plan(unsubscribed, setting).unit.asked_within_s == 0
