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


def api(name, protocol="http", version="v1.0"):
    return {"name": name, "version": version, "protocol": protocol}


@pytest.mark.parametrize(
    ("lists", "protocol", "open_"),
    [
        ({}, "http", True),
        ({"allowed": [api("state")]}, "http", True),
        ({"allowed": [api("state", version="v1")]}, "http", True),
        ({"allowed": [api("state", version="v1.0-alpha1")]}, "http", False),
        ({"allowed": [api("state")]}, "grpc", True),
        ({"allowed": [api("state", "grpc")]}, "http", True),
        ({"allowed": [api("state", "grpc")]}, "grpc", False),  # gRPC knows v1 only
        ({"allowed": [api("state", "gRPC", "v1")]}, "grpc", True),
        ({"allowed": [api("invoke")]}, "http", False),
        ({"denied": [api("state")]}, "http", False),
        ({"denied": [{"name": "state", "version": "v1.0"}]}, "http", True),
        ({"denied": [api("state", "grpc", "v1")]}, "http", True),
        ({"denied": [api("invoke")]}, "http", True),
        ({"allowed": [api("state")], "denied": [api("state")]}, "http", False),
    ],
)
def test_an_api_is_open_by_its_lists(lists, protocol, open_):
    given = target({"api": lists})
    if open_:
        refuse_closed_api(given, "state", protocol)
        return
    with pytest.raises(Unsupported) as closed:
        refuse_closed_api(given, "state", protocol)
    assert "config.yaml:3" in closed.value.enable


def test_without_a_configuration_all_is_open():
    refuse_closed_api(Target(None), "state")
    refuse_closed_app(Target(None))


def test_access_control_that_denies_by_default_keeps_other_apps_out():
    refuse_closed_app(target({"accessControl": {"defaultAction": "allow"}}))
    with pytest.raises(Unsupported):
        refuse_closed_app(target({"accessControl": {"defaultAction": "deny"}}))
