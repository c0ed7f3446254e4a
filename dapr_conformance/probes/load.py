"""Steady load on an app: all that is known to be sent to it, by several senders, while its sidecar is slow."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from dapr_conformance.probes import events
from dapr_conformance.probes.inputs import Input, known
from dapr_conformance.probes.outcome import Inconclusive
from dapr_conformance.warden.protocol import Match, Rule

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_SENDERS = 8
_PAUSE_S = 0.03  # of a sender between two requests: the app is to be busy, not this machine
_SLOW_S = 0.05
_SLOW = Rule(Match(path=r"/v1\.0[^/]*/(?!healthz).*"), "delay", delay_s=_SLOW_S)
_MEASURED = 200


class Load:
    """Loads the app while a `with` block runs. Its sidecar takes 50 ms longer for each call, health excepted."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._stop = threading.Event()
        self._measured: deque[tuple[float, float]] = deque(maxlen=_MEASURED)

    def slowest_s(self, since: float) -> float:
        """Give how long daprd's own health took at most since a moment (monotonic): how busy this machine is."""
        return max((took for ended, took in list(self._measured) if ended >= since), default=0.0)

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
            ended = time.monotonic()
            self._measured.append((ended, ended - began))


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
