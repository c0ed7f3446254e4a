"""A further sidecar of an arena's app, started and ended by a check; it starts before the app is there for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dapr_conformance.environment.plan import Unit
from dapr_conformance.environment.start import GRACE_S, Environment
from dapr_conformance.warden.protocol import RecorderSpec


class Twin:
    """A sidecar that runs; `unit` is one of the plan's twins, `api` its HTTP API."""

    def __init__(self, environment: Environment, unit: Unit) -> None:
        self.unit = unit
        self.api = environment.http_client(unit.api_port)
        self.opened: list[str] = []
        self._environment = environment

    def admit_app(self) -> None:
        """Let the app listen for this sidecar."""
        self.open(next(recorder for recorder in self.unit.recorders if recorder.name == self.unit.inbound))

    def open(self, recorder: RecorderSpec) -> None:
        """Open a recorder with the faults that stand in the wire of this arena."""
        warden = self._environment.warden
        warden.open_recorder(recorder)
        self.opened.append(recorder.name)
        for name, rule in self._environment.planted:
            if recorder.name == f"{self.unit.label}-{name}":
                warden.add_rule(recorder.name, rule)


@contextmanager
def running(environment: Environment, unit: Unit) -> Iterator[Twin]:
    """Start a twin, for which the app does not listen yet, and end it with its recorders when the block ends."""
    twin, warden = Twin(environment, unit), environment.warden
    for recorder in unit.recorders:
        if recorder.name != unit.inbound:
            twin.open(recorder)
    for process in unit.processes:
        warden.spawn(process)
    try:
        yield twin
    finally:
        warden.stop(*(process.name for process in unit.processes), grace_s=GRACE_S)
        for name in twin.opened:
            warden.close_recorder(name)
