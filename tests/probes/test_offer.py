"""What a check cannot be judged without, and is told before anything starts."""

import pytest

from dapr_conformance.probes.offer import missing
from dapr_conformance.requirement import Requirement
from dapr_conformance.target.model import App, Target


def checked(vantage, *, needs=()):
    return Requirement("It MUST.", title="t", block="pubsub", vantage=vantage, source="s", needs=needs)


def target(protocol):
    return Target(app=App("app", None, protocol=protocol), source="")


@pytest.mark.parametrize("protocol", ["https", "grpcs"])
def test_an_app_that_speaks_tls_cannot_be_overheard(protocol):
    found = missing(checked("app"), target(protocol))
    assert "TLS" in found.reason
    assert "appProtocol" in found.enable
    assert missing(checked("sidecar"), target(protocol)) is None


@pytest.mark.parametrize("protocol", ["http", "grpc", "h2c"])
def test_any_other_app_can(protocol):
    assert missing(checked("app"), target(protocol)) is None


def test_a_building_block_that_is_not_there_is_named():
    found = missing(checked("sidecar", needs=("pubsub",)), target("http"))
    assert (found.reason, found.enable) == (
        "the app has no pubsub component",
        "a Component of type pubsub.* in the resources path",
    )
