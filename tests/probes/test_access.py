from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dapr_conformance.errors import Location
from dapr_conformance.probes.access import refuse_closed_api, refuse_closed_app
from dapr_conformance.probes.outcome import Unsupported


@dataclass
class Configuration:
    document: dict[str, Any]
    location: Location


@dataclass
class Target:
    configuration: Configuration | None


def target(spec):
    return Target(Configuration({"spec": spec}, Location(Path("config.yaml"), 3)))


def api(name, protocol="http"):
    return {"name": name, "version": "v1.0", "protocol": protocol}


@pytest.mark.parametrize(
    ("lists", "open_"),
    [
        ({}, True),
        ({"allowed": [api("state")]}, True),
        ({"allowed": [api("state", "grpc")]}, False),
        ({"allowed": [api("invoke")]}, False),
        ({"denied": [api("state")]}, False),
        ({"denied": [api("state", "grpc")]}, True),
        ({"denied": [api("invoke")]}, True),
    ],
)
def test_an_api_is_open_by_its_lists(lists, open_):
    given = target({"api": lists})
    if open_:
        refuse_closed_api(given, "state")
        return
    with pytest.raises(Unsupported) as closed:
        refuse_closed_api(given, "state")
    assert "config.yaml:3" in closed.value.enable


def test_without_a_configuration_all_is_open():
    refuse_closed_api(Target(None), "state")
    refuse_closed_app(Target(None))


def test_access_control_that_denies_by_default_keeps_other_apps_out():
    refuse_closed_app(target({"accessControl": {"defaultAction": "allow"}}))
    with pytest.raises(Unsupported):
        refuse_closed_app(target({"accessControl": {"defaultAction": "deny"}}))
