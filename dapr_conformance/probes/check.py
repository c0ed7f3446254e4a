"""What a check function is given: the arena's clients and recorders, and the verbs to state what must hold."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.building_blocks.pubsub import Pubsub
from dapr_conformance.building_blocks.service_invocation import ServiceInvocation
from dapr_conformance.building_blocks.state import StateStore
from dapr_conformance.building_blocks.state_grpc import GrpcStateStore
from dapr_conformance.environment.start import ArenaFailedError, Environment
from dapr_conformance.probes import evidence
from dapr_conformance.probes.access import refuse_closed_api
from dapr_conformance.probes.examples import Failure, ForAll, derived_seed
from dapr_conformance.probes.outcome import Inconclusive, Outcome, Unsupported, Violation
from dapr_conformance.probes.recorder import Recorder
from dapr_conformance.requirement import Requirement
from dapr_conformance.runtime.expectations import Expectations
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import Attribution, Verdict
from dapr_conformance.warden.protocol import Match

_nonce = itertools.count(1)
_DYING_S = 0.5  # a socket closes before its process is reaped


@dataclass(frozen=True)
class Selection:
    """Which parts run and on what: everything (default), or one part on one example (ladder, replay)."""

    examples: int
    seed: int
    part: str | None = None
    example: Any = None
    has_example: bool = False


class Check:
    """One run of one check function in one running arena.

    Attributes:
        target: the app under test.
        environment: the running arena.
        expectations: what this Dapr version is expected to do.
        api: the sidecar's HTTP API.
        inbound: the recorder between daprd and the app.
        outbound: the recorder between the app and daprd's HTTP API.

    """

    def __init__(
        self,
        check_id: str,
        requirement: Requirement,
        environment: Environment,
        target: Target,
        expectations: Expectations,
        selection: Selection,
    ) -> None:
        self.id = check_id
        self.requirement = requirement
        self.environment = environment
        self.target = target
        self.expectations = expectations
        self.selection = selection
        self.api: HttpClient = environment.api
        self.outcomes: list[Outcome] = []
        self.triggers: dict[str, int] = {}
        self.numbers: dict[str, float] = {}
        self._counting = threading.Lock()
        self._example = threading.local()
        self._burial = threading.Lock()

    @property
    def inbound(self) -> Recorder:
        """Give the recorder between daprd and the app; a target without a port has none."""
        name = self.environment.unit.inbound
        if name is None:
            raise Unsupported("the app listens on no port", "appPort: <port> in dapr.yaml")
        return Recorder(self.environment.warden, name)

    @property
    def outbound(self) -> Recorder:
        """Give the recorder between the app and daprd's HTTP API."""
        return Recorder(self.environment.warden, self.environment.unit.outbound_http)

    @property
    def outbound_grpc(self) -> Recorder:
        """Give the recorder between the app and daprd's gRPC API."""
        return Recorder(self.environment.warden, self.environment.unit.outbound_grpc)

    @property
    def caller(self) -> HttpClient:
        """Give the API of the second sidecar, one without an app (arena peer `caller`)."""
        unit = self.environment.plan.caller
        if unit is None:
            raise Inconclusive("this arena has no caller sidecar")
        return self._clients.setdefault(unit.sidecar.http, self.environment.http_client(unit.sidecar.http))

    @property
    def _clients(self) -> dict[int, HttpClient]:
        return self.environment.clients

    # Each of these raises Unsupported where the app's own Configuration closes the API.

    def state(self, name: str) -> StateStore:
        """Give a client of the state component `name`."""
        refuse_closed_api(self.target, "state")
        return StateStore(self.api, name)

    def state_over_grpc(self, name: str) -> GrpcStateStore:
        """Give a client of the state component `name` that speaks gRPC."""
        refuse_closed_api(self.target, "state", "grpc")
        if self.environment.grpc is None:
            raise Unsupported("a sidecar that runs already does not tell its gRPC port", "a run without --dapr-attach")
        return GrpcStateStore(self.environment.grpc, name)

    def pubsub(self, name: str) -> Pubsub:
        """Give a client of the pub/sub component `name`."""
        refuse_closed_api(self.target, "publish")
        return Pubsub(self.api, name)

    def invoke(self, *, through_caller: bool = False) -> ServiceInvocation:
        """Give a client that calls the target's app, through its own sidecar or through the second one."""
        if not through_caller:
            refuse_closed_api(self.target, "invoke")
        return ServiceInvocation(self.caller if through_caller else self.api, self.target.app_id)

    def fresh(self, prefix: str = "dc") -> str:
        """Give a name that no other example of any run has used; it is not drawn, so shrinking ignores it."""
        name = f"{prefix}-{time.time_ns():x}-{next(_nonce)}"
        self._example.names = (*getattr(self._example, "names", ()), name)
        return name

    def seen(self, trigger: str, times: int = 1) -> None:
        """Count a trigger that the verdict rests on (see `trigger` of `for_all`)."""
        with self._counting:
            self.triggers[trigger] = self.triggers.get(trigger, 0) + times

    def count(self, name: str, value: float) -> None:
        """Add to a number that is reported beside the verdict."""
        with self._counting:
            self.numbers[name] = self.numbers.get(name, 0.0) + value

    def once(self, part: str, body: Callable[[Check], None]) -> None:
        """Run one part of the check that needs no generated examples."""
        self._part(part, lambda run: run.repeat(None), lambda _: body(self), example=False)

    def for_all(
        self,
        part: str,
        strategy: SearchStrategy[Any],
        body: Callable[[Check, Any], None],
        *,
        width: int = 1,
        share: float = 1.0,
        trigger: str = "",
    ) -> None:
        """Run one part of the check for all generated examples; they must be plain JSON-able values.

        Args:
            part: name of the part.
            strategy: gives the examples.
            body: runs one example.
            width: how many examples run beside one another, in threads, where Dapr's clocks make each one wait.
            share: the part of the run's examples that are drawn, where each one takes long.
            trigger: what must have been `seen` at least once, or the part is inconclusive although nothing failed.

        """
        chosen = self.selection
        if chosen.has_example and chosen.part == part:
            self._part(part, lambda run: run.repeat(chosen.example), lambda case: body(self, case), trigger=trigger)
            return
        seed = derived_seed(chosen.seed, f"{self.id}:{part}")
        count = max(1, round(chosen.examples * share))
        drive = partial(ForAll.run, strategy=strategy, examples=count, seed=seed, width=width)
        self._part(part, drive, lambda case: body(self, case), trigger=trigger)

    def _part(
        self,
        part: str,
        drive: Callable[[ForAll], Failure | None],
        body: Callable[[Any], None],
        *,
        example: bool = True,
        trigger: str = "",
    ) -> None:
        if self.selection.part not in (None, part):
            return
        run = ForAll(self._surviving(body))
        began, before = time.monotonic(), self.triggers.get(trigger, 0)
        try:
            failure = drive(run)
        except ArenaFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - a check that throws is a finding about the harness
            outcome = evidence.of_error(part, error)
        else:
            fired = not trigger or self.triggers.get(trigger, 0) > before
            held = Outcome(part, Verdict.PASSED) if fired else evidence.never_fired(part, trigger)
            outcome = evidence.of_failure(self, part, failure, example=example) if failure else held
        self.outcomes.append(evidence.timed(outcome, run.count, time.monotonic() - began))

    def _surviving(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """Wrap a body so that an app which died of the example is the example's finding, and is started again."""

        def run(case: Any) -> None:
            began, self._example.names = time.monotonic_ns(), ()
            try:
                body(case)
            except (Violation, Inconclusive) as error:
                if isinstance(error, Violation):
                    error.names = self._example.names
                self._bury(self._cut_off_since(began))
                raise
            if not self.environment.all_exist():
                self._bury(wait=False)

        return run

    def _cut_off_since(self, began: int) -> bool:
        """Tell whether a call since then ended without an answer, as the calls of a dying process do."""
        if any(reply.status is None for reply in list(self.api.replies) if reply.started_ns >= began):
            return True
        name = self.environment.unit.inbound
        calls = self.environment.warden.exchanges(name, Match(started_after_ns=began)) if name else []
        return any(call.outcome in ("refused", "upstream_closed") for call in calls)

    def _bury(self, wait: bool) -> None:
        with self._burial:  # an example beside the deadly one finds the app running again
            death = self.environment.death(wait_s=_DYING_S if wait else 0.0)
            if death is None:
                return
            if death.attribution is not Attribution.APP or death.role == "sibling":
                raise ArenaFailedError(death)
            self.environment.restart()
        words = " | ".join(death.last_words[-3:])
        found = Violation("the app survives this input", f"{death.reason}; its last words: {words or 'none'}")
        found.names = self._example.names
        raise found
