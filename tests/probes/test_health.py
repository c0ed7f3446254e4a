"""What is played to an app whose health is judged, and which routes are taken for there."""

import re
from types import SimpleNamespace

import pytest

from dapr_conformance.probes import health
from dapr_conformance.probes.sidecar_starts import FAILURES
from dapr_conformance.warden.protocol import Match, Rule
from dapr_conformance.warden.recorder.rules import ActiveRule


def answer(status, body=b""):
    return SimpleNamespace(status=status, response_body=body)


@pytest.mark.parametrize(
    "state", [health.FAILING, health.OUTBOUND, health.SLOW, "a.b answers errors", "s gives no answer"]
)
def test_every_state_is_a_rule_that_recorders_know(state):
    assert ActiveRule(1, health._rule(state))


@pytest.mark.parametrize("row", FAILURES.values(), ids=FAILURES)
def test_every_failure_of_an_app_is_a_rule_that_recorders_know(row):
    assert ActiveRule(1, Rule(Match(path="/healthz"), **row))


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("/v1.0/state/st.ore", True),
        ("/v1.0/state/st.ore/key?a=b", True),
        ("/v1.0-alpha1/publish/bulk/st.ore/topic", True),
        ("/v1.0/configuration/st.ore?key=a", True),
        ("/v1.0/state/st.ore2", False),
        ("/v1.0/state/stxore", False),
        ("/v1.0/state/other/st.ore", False),
    ],
)
def test_the_calls_of_a_component(target, meant):
    assert bool(re.fullmatch(health._calls_of("st.ore").path, target)) is meant


@pytest.mark.parametrize("status", [None, 301, 401, 404, 405])
def test_what_is_not_there(status):
    assert not health._is_there(answer(status), answer(404))


def test_an_app_that_answers_everything_has_no_health_route():
    assert not health._is_there(answer(200, b"<html>"), answer(200, b"<html>"))
    assert health._is_there(answer(200, b"ok"), answer(200, b"<html>"))
    assert health._is_there(answer(503, b"no"), answer(404))
