"""The public fixtures, for a user's own tests beside the bundled checks.

All live as long as the session: a user's tests run before the checks, so the target's arena stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.collect import RUN
from dapr_conformance.environment.rung import OWN
from dapr_conformance.environment.start import ArenaFailedError, Environment
from dapr_conformance.probes.recorder import Recorder
from dapr_conformance.requirement import Arena
from dapr_conformance.run import Run
from dapr_conformance.target.model import Target


@dataclass(frozen=True)
class Wire:
    """The recorders of the default arena: `inbound` is None for a target without a port."""

    inbound: Recorder | None
    outbound: Recorder
    outbound_grpc: Recorder


@pytest.fixture(scope="session")
def dapr_target(request: pytest.FixtureRequest) -> Target:
    """Give the app under test as its files declare it."""
    return _run(request).target


@pytest.fixture(scope="session")
def dapr_sidecar(request: pytest.FixtureRequest) -> HttpClient:
    """Give the HTTP API of the target's sidecar, app and sidecar running."""
    return _environment(request).api


@pytest.fixture(scope="session")
def dapr_wire(request: pytest.FixtureRequest) -> Wire:
    """Give the recorders around the running target."""
    _refuse_attached(request)
    environment = _environment(request)
    unit = environment.unit
    inbound = Recorder(environment.warden, unit.inbound) if unit.inbound else None
    outbound = Recorder(environment.warden, unit.outbound_http)
    return Wire(inbound, outbound, Recorder(environment.warden, unit.outbound_grpc))


@pytest.fixture(scope="session")
def dapr_control(request: pytest.FixtureRequest) -> Iterator[HttpClient]:
    """Give the HTTP API of a sidecar whose app is the generated control app."""
    _refuse_attached(request)
    engine = _run(request).engine
    assert engine is not None
    try:
        environment = engine.start(Arena(app="control"), OWN)
    except ArenaFailedError as error:
        pytest.fail(f"the control app's environment did not start: {error}", pytrace=False)
    yield environment.api
    environment.stop()


def _run(request: pytest.FixtureRequest) -> Run:
    run: Run = request.config.stash[RUN].run
    return run


def _refuse_attached(request: pytest.FixtureRequest) -> None:
    if _run(request).chosen.attachment is not None:
        pytest.skip("nothing is started beside a sidecar that runs already (--dapr-attach)")


def _environment(request: pytest.FixtureRequest) -> Environment:
    try:
        return _run(request).environment(Arena())
    except ArenaFailedError as error:
        pytest.fail(f"the target's environment is gone: {error}", pytrace=False)
