"""The spec from the Target, its JSON, and what a wrong one says."""

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dapr_conformance.control import generate as module
from dapr_conformance.control.faults import FAULTS, VARIANTS, plant
from dapr_conformance.control.generate import generate, not_replayed
from dapr_conformance.control.seams import SEAMS, Seams
from dapr_conformance.control.spec import ControlSpec, OutgoingCall, PlantedFault, RecordedAnswer
from dapr_conformance.errors import Location, UsageError
from dapr_conformance.target.model import (
    App,
    Component,
    Effect,
    Entity,
    Manifest,
    Request,
    Route,
    Subscription,
    Target,
    Topic,
)

ROOT = Path(module.__file__).parents[2]
HERE = Location(Path("x.yaml"), 1)
ENTITY = Entity(Request("POST", "/orders", body={"id": "{id}"}), Request("GET", "/orders/{id}"))
TOPIC = Topic(
    "orders",
    given=(Request("POST", "/stock/{id}"),),
    valid={"id": "{id}"},
    invalid=None,
    effect=Effect("/orders/{id}", "/n"),
    declared=frozenset({"given", "valid", "invalid", "effect"}),
)
WIRE = (
    Subscription("bus", "orders", ("/special", "/on"), dead_letter_topic="dead", bulk=True),
    Subscription("bus", "dead", ("/dead",)),
)


def component(name, scopes=()):
    return Component(name, "state.redis", "v1", (), scopes, None, ignore_errors=False, location=HERE, document={})


def target(**changes):
    values = {
        "app": App("shop", Path(), port=3000, health_check_path="live"),
        "source": "dapr.yaml",
        "components": (component("hidden", ("other",)), component("store")),
        "subscriptions": (
            Subscription("bus", "file", ("/file",), location=HERE),
            Subscription("bus", "far", ("/far",), scopes=("other",), location=HERE),
        ),
        "manifest": Manifest(ENTITY, topics={"orders": TOPIC}, routes=(Route("GET", "/echo", echo=True),)),
    }
    return Target(**{**values, **changes})


def test_a_spec_travels_as_json():
    call = OutgoingCall("state", "store", "POST", "/v1.0/state/store", b"\x00\xff")
    answer = RecordedAnswer("GET", "/a", 404, (("X-A", "1"), ("Content-Length", "9")), b"\xfe")
    planted = PlantedFault("truncate_key", {"length": 3})
    spec = generate(target(), wire_subscriptions=WIRE, answers=[answer], effects={"/on": [call]}, faults=[planted])
    assert ControlSpec.loads(spec.dumps()) == spec
    assert ControlSpec.loads(ControlSpec().dumps()) == ControlSpec()


def test_subscriptions_of_the_app_are_answered_and_those_of_files_only_served():
    extra = Subscription("bus", "dc", ("/dc/deliver/1",))
    spec = generate(target(), wire_subscriptions=WIRE, extra_subscriptions=[extra])
    assert [(row["topic"], row["route"]) for row in spec.subscriptions] == [
        ("orders", "/on"),
        ("dead", "/dead"),
        ("dc", "/dc/deliver/1"),
    ]
    assert spec.subscriptions[0]["bulkSubscribe"] == {"enabled": True}
    routes = {each.route: each.dead_letter for each in spec.event_routes}
    assert routes == {"/special": False, "/on": False, "/dead": True, "/file": False}


def test_the_recorded_answer_to_subscribe_is_used_as_it_is():
    rows = [{"pubsubname": "bus", "topic": "orders", "routes": {"rules": [{"match": "m", "path": "/special"}]}}]
    recorded = RecordedAnswer("GET", "/dapr/subscribe", 200, (), json.dumps(rows).encode())
    assert generate(target(), wire_subscriptions=WIRE, answers=[recorded]).subscriptions == tuple(rows)
    garbage = RecordedAnswer("GET", "/dapr/subscribe", 200, (), b"<html>")
    assert len(generate(target(), wire_subscriptions=WIRE, answers=[garbage]).subscriptions) == 2


def test_examples_that_are_null_are_declared_all_the_same():
    spec = generate(target(), wire_subscriptions=WIRE)
    topic = next(each for each in spec.event_routes if each.route == "/on").topics[0]
    assert topic.examples == {"valid": {"id": "{id}"}, "invalid": None}
    assert (topic.effect_get, topic.effect_count) == ("/orders/{id}", "/n")


def test_the_state_component_is_the_one_that_the_target_uses():
    used = OutgoingCall("state", "hidden", "POST", "/v1.0/state/hidden")
    spec = generate(target(), wire_subscriptions=WIRE, effects={"POST /orders": [used]})
    assert spec.entity is not None
    assert (spec.entity.component, spec.state_component) == ("hidden", "hidden")
    assert generate(target(), wire_subscriptions=()).state_component == "store"
    assert generate(target(components=()), wire_subscriptions=()).state_component is None


def test_the_first_404_is_the_answer_of_unknown_routes():
    answer = RecordedAnswer("GET", "/x", 404, (("Transfer-Encoding", "chunked"), ("X-A", "1")), b"none")
    spec = generate(target(), wire_subscriptions=(), answers=[answer])
    assert (spec.unknown_route.headers, spec.unknown_route.body) == ((("X-A", "1"),), b"none")
    assert spec.health.live == ("/healthz", "/health", "/live")


def test_calls_that_cannot_be_replayed_are_named():
    grpc = OutgoingCall("", "", "POST", "/dapr.proto.runtime.v1.Dapr/SaveState")
    assert not_replayed({"/on": [grpc]}) == ("/on: POST /dapr.proto.runtime.v1.Dapr/SaveState",)
    spec = generate(target(), wire_subscriptions=WIRE, effects={"/on": [grpc]})
    assert next(each for each in spec.event_routes if each.route == "/on").calls == ()


@pytest.mark.parametrize("name", [*FAULTS, *VARIANTS])
def test_every_fault_sits_at_a_seam_and_is_a_sentence(name):
    fault = {**FAULTS, **VARIANTS}[name]
    assert fault.sentence.endswith(".")
    assert fault.parts.keys() <= SEAMS.keys()
    for seam in fault.parts:
        assert plant([PlantedFault(name)]).through(seam, repr) is not repr
        assert Seams().through(seam, repr) is repr


def test_an_unknown_fault_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'misspelt'(.|\n)*drop_field"):
        plant([PlantedFault("misspelt")])


def test_every_seam_is_used_by_the_control_app():
    source = "".join(path.read_text() for path in Path(module.__file__).parent.glob("*.py"))
    assert {name for name in SEAMS if f'through("{name}"' not in source} == set()


def test_only_the_generator_knows_the_target():
    folder = Path(module.__file__).parent
    importing = {path.name for path in folder.glob("*.py") if "dapr_conformance.target" in _imports(path)}
    assert importing == {"generate.py", "subscriptions.py", "event_routes.py"}


def _imports(path):
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {".".join((node.module or "").split(".")[:2]) for node in nodes}


def test_the_running_app_loads_next_to_nothing():
    code = "import sys, dapr_conformance.control.__main__; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in found.stdout.split()}
    assert not loaded & {"yaml", "httpx", "hypothesis", "jsonschema", "pytest", "asyncio"}
    assert "dapr_conformance.target" not in found.stdout


def test_a_port_that_is_taken_is_told_without_a_traceback(tmp_path):
    (tmp_path / "spec.json").write_text(ControlSpec().dumps())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = {"PYTHONPATH": str(ROOT), "APP_PORT": str(taken.getsockname()[1]), "DAPR_HTTP_PORT": "1"}
        command = [sys.executable, "-m", "dapr_conformance.control", "spec.json"]
        ended = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr, env["APP_PORT"] in ended.stderr) == (6, False, True)


@pytest.mark.parametrize(("argv", "port"), [([], "1"), (["spec.json"], "x")])
def test_wrong_use_is_told_without_a_traceback(tmp_path, argv, port):
    (tmp_path / "spec.json").write_text(ControlSpec().dumps())
    env = {"PYTHONPATH": str(ROOT), "APP_PORT": port, "DAPR_HTTP_PORT": "1"}
    command = [sys.executable, "-m", "dapr_conformance.control", *argv]
    ended = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr, "next step:" in ended.stderr) == (4, False, True)
