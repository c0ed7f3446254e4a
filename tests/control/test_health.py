"""Health routes of the running control app, right and with faults planted."""

import pytest

from dapr_conformance.control.spec import ControlSpec, HealthRoutes, PlantedFault


def spec(*faults):
    health = HealthRoutes(critical=(("state", "store"),))
    return ControlSpec(health=health, faults=tuple(PlantedFault(name) for name in faults))


def asked(app):
    status, body = app.json("GET", "/readyz")
    return status, body["status"]


def test_it_is_ready_while_sidecar_and_component_answer(start, dapr):
    app = start(spec())
    assert asked(app) == (200, "ready")
    dapr.fails = lambda _method, path, _body: path.endswith("/healthz/outbound")
    assert app.json("GET", "/readyz") == (503, {"status": "not ready", "problem": "the sidecar"})
    dapr.fails = lambda _method, path, _body: path.startswith("/v1.0/state/store/")
    assert app.json("GET", "/readyz") == (503, {"status": "not ready", "problem": "store"})
    dapr.fails = lambda *_: False
    assert asked(app) == (200, "ready")
    dapr.close()
    assert asked(app) == (503, "not ready")
    assert app.call("GET", "/healthz")[::2] == (200, b"ok")


@pytest.mark.parametrize(
    ("fault", "before", "while_failing", "after"),
    [
        ("always_ready", (200, "ready"), (200, "ready"), (200, "ready")),
        ("ready_for_ever", (200, "ready"), (200, "ready"), (200, "ready")),
        ("never_ready_again", (200, "ready"), (503, "not ready"), (503, "not ready")),
        ("only_refusal_counts", (200, "ready"), (200, "ready"), (200, "ready")),
        ("says_ready", (200, "ready"), (503, "ready"), (200, "ready")),
    ],
)
def test_faults(start, dapr, fault, before, while_failing, after):
    app = start(spec(fault))
    assert asked(app) == before
    dapr.fails = lambda *_: True
    assert asked(app) == while_failing
    dapr.fails = lambda *_: False
    assert asked(app) == after
