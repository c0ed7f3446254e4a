from types import SimpleNamespace

import pytest

from dapr_conformance import Arena
from dapr_conformance.control.spec import OutgoingCall
from dapr_conformance.probes.check import Selection
from dapr_conformance.probes.knowledge import Knowledge, learn
from dapr_conformance.probes.ladder import R1, R2, R3, Climb, attribute, conclude
from dapr_conformance.probes.outcome import Outcome
from dapr_conformance.target.model import App, Subscription, Target
from dapr_conformance.verdict import Attribution, Verdict
from dapr_conformance.warden.protocol import Exchange

PASSED, FAILED, FLAKY, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.FLAKY, Verdict.INCONCLUSIVE
METHOD = "/dapr.proto.runtime.v1.Dapr/ScheduleJob"
GRPC = OutgoingCall("", "", "gRPC", METHOD)
SAVE = OutgoingCall("state", "store", "POST", "/v1.0/state/store")


def climbs(*verdicts, first=R1):
    rungs = [R1, R2, R3] if first is R1 else [R2, R3]
    return [Climb(rung, verdict, "") for rung, verdict in zip(rungs, verdicts, strict=False)]


@pytest.mark.parametrize(
    ("verdicts", "culprit"),
    [
        ((PASSED,), Attribution.APP),
        ((FAILED, PASSED), Attribution.CONFIG),
        ((FAILED, FAILED, PASSED), Attribution.COMPONENT),
        ((FAILED, FAILED, FAILED), Attribution.RUNTIME),
        ((UNCLEAR, UNCLEAR, UNCLEAR), Attribution.APP),
    ],
)
def test_the_first_green_rung_names_the_culprit(verdicts, culprit):
    assert conclude("app", climbs(*verdicts))[0] is culprit


def test_sidecar_checks_never_accuse_the_app():
    assert conclude("sidecar", climbs(FAILED, FAILED, first=R2))[0] is Attribution.RUNTIME


class FakeEngine:
    """Its rungs have these verdicts, one after the other; `selections` is what was run on them."""

    def __init__(self, verdicts, calls=()):
        self.knowledge = Knowledge(effects={"/on": calls})
        self.selections = []
        self._verdicts = iter(verdicts)

    def learn_now(self):
        pass

    def start(self, *_):
        return SimpleNamespace(stop=lambda: None)

    def check(self, _id, _requirement, _environment, selection):
        self.selections.append(selection)
        return SimpleNamespace(outcomes=[Outcome("part", next(self._verdicts), actual="that")])


def attributed(engine, outcome, vantage="app"):
    requirement = SimpleNamespace(vantage=vantage, arena=Arena())
    return attribute(engine, "id", requirement, lambda _: None, outcome, Selection(100, 7))


def details(calls):
    """Climb a ladder that is red at R1 and green at R2, for an app that makes these calls; give the details shown."""
    found = attributed(FakeEngine((FAILED, PASSED), calls), Outcome("part", FAILED))
    return [row["detail"] for row in found.evidence[-1].data["rungs"]]


def test_a_failing_example_alone_is_run_on_the_rungs():
    engine = FakeEngine((PASSED,))
    attributed(engine, Outcome("part", FAILED, example=[1], has_example=True))
    (selection,) = engine.selections
    assert (selection.part, selection.example, selection.has_example) == ("part", [1], True)


def test_what_is_flaky_is_given_all_examples_again():
    engine = FakeEngine((PASSED,))
    found = attributed(engine, Outcome("part", FLAKY, example=[1], has_example=True))
    assert engine.selections == [Selection(100, 7, "part")]
    assert found.attribution is Attribution.APP


@pytest.mark.parametrize(("vantage", "has_example"), [("sidecar", True), ("sidecar", False), ("app", False)])
def test_what_is_flaky_in_the_sidecar_or_without_examples_is_not_attributed(vantage, has_example):
    engine = FakeEngine(())
    found = attributed(engine, Outcome("part", FLAKY, reason="flaky: 1 of 3", has_example=has_example), vantage)
    assert found.attribution is None
    assert engine.selections == []


def test_the_first_rung_tells_which_calls_of_the_app_were_not_made():
    words = "that; calls of the app that the control app cannot make: /on: gRPC /dapr.proto.runtime.v1.Dapr/ScheduleJob"
    assert details((SAVE, GRPC)) == [words, "that"]
    assert details((SAVE,)) == ["that", "that"]


def exchange(number, started_ns, target="", grpc_method=""):
    nothing = ((), b"", 0)
    times = (started_ns, None, None, started_ns + 10)
    return Exchange(
        number, "r", "side", 1, "POST", target, *nothing, 200, *nothing, *times, "complete", grpc_method=grpc_method
    )


def test_a_call_of_a_handler_by_an_unknown_grpc_method_is_known():
    seen = {"in": [exchange(1, 100, "/on")], "http": [], "grpc": [exchange(2, 105, METHOD, METHOD)]}
    subscription = Subscription("bus", "orders", ("/on",))
    target = Target(app=App("shop", None), source="", subscriptions=(subscription,))
    environment = SimpleNamespace(
        unit=SimpleNamespace(inbound="in", outbound_http="http", outbound_grpc="grpc"),
        warden=SimpleNamespace(exchanges=lambda name, *_: seen[name]),
        target=target,
        subscribe_answer=None,
    )
    assert learn(environment).effects == {"/on": (GRPC,)}
