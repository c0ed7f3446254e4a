"""Steady load on an app: all that is known to be sent to it, by several senders, while its sidecar is slow."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dapr_conformance.probes import events, machine
from dapr_conformance.probes.inputs import Input, known
from dapr_conformance.probes.outcome import Inconclusive
from dapr_conformance.warden.protocol import Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_SENDERS = 8
_PAUSE_S = 0.06  # of a sender between two requests: the app is to be busy, not this machine
_SLOW_S = 0.1
_SLOW = Rule(Match(path=r"/v1\.0[^/]*/(?!healthz).*"), "delay", delay_s=_SLOW_S)
_MEASURED = 200
_BUSY_S = 0.1


@dataclass(frozen=True)
class _Moment:
    ended: float
    took_s: float
    others: float


class Load:
    """Loads the app while a `with` block runs. Its sidecar takes 100 ms longer for each call, health excepted."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._stop = threading.Event()
        self._measured: deque[_Moment] = deque(maxlen=_MEASURED)

    def machine_was_busy(self, since: float) -> bool:
        """Tell whether this machine was too busy with other things to judge times since a moment (monotonic).

        Then daprd itself, which answers in a few milliseconds, was slow, or others wanted all processors.
        """
        met = [moment for moment in list(self._measured) if moment.ended >= since]
        others = sum(moment.others for moment in met) / len(met) if met else 0.0
        return others >= 1 or any(moment.took_s > _BUSY_S for moment in met)

    @contextlib.contextmanager
    def running(self) -> Iterator[Load]:
        """Send until the block ends."""
        inputs = list(known(self._check))
        work: list[Callable[[], None]] = [self._measure]
        work += [_Sender(self._check, inputs, number, self._stop).send for number in range(_SENDERS if inputs else 0)]
        threads = [threading.Thread(target=each) for each in work]
        with self._check.outbound.rule(_SLOW), self._check.outbound_grpc.rule(_SLOW):
            for thread in threads:
                thread.start()
            try:
                yield self
            finally:
                self._stop.set()
                for thread in threads:
                    thread.join()

    def _measure(self) -> None:
        while not self._stop.wait(_PAUSE_S):
            began = time.monotonic()
            self._check.api.call("GET", "/v1.0/healthz/outbound")
            ended, others = time.monotonic(), machine.waiting_for_others([*self._check.environment.pids.values()])
            self._measured.append(_Moment(ended, ended - began, others))


class _Sender:
    def __init__(self, check: Check, inputs: Sequence[Input], first: int, stop: threading.Event) -> None:
        self._check = check
        self._bodies = [(each, each.simplest) for each in inputs]
        self._first = first
        self._stop = stop

    def send(self) -> None:
        """Send one input after the other, each sender beginning with another one."""
        for each, body in itertools.islice(itertools.cycle(self._bodies), self._first, None):
            if self._stop.wait(_PAUSE_S):
                return
            identifier = events.identifier(self._check)
            with contextlib.suppress(Inconclusive):  # what must come before an event may fail without the sidecar
                each.prepare(identifier, ())
                each.send(identifier, body, ())
