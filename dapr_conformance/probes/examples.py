"""Run a body for all generated examples: Hypothesis draws and shrinks, every other decision is here.

Hypothesis' own profile is never used: the `CI` variable changes its defaults, and a live sidecar needs
no deadline per example. Shrinking is bounded in time, because a failure over a network may be flaky.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration
from hypothesis.errors import FlakyFailure
from hypothesis.strategies import SearchStrategy

from dapr_conformance import interrupt
from dapr_conformance.environment.start import ArenaFailedError
from dapr_conformance.probes.outcome import Inconclusive, Unsupported, Violation

SHRINK_S = 20.0
RUNS = 3
_NS = 1_000_000_000
_SWITCH_S = 0.0005


@contextlib.contextmanager
def hypothesis_files_in(folder: Path) -> Iterator[None]:
    """Keep what Hypothesis stores between runs in a folder of ours; a user's own tests keep theirs."""
    before = getattr(configuration, "__hypothesis_home_directory", None)
    configuration.set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


@dataclass(frozen=True)
class Failure:
    """The smallest failing example found, its violation and its window (monotonic ns)."""

    example: Any
    violation: Violation
    started_ns: int
    ended_ns: int
    failed: int = 1
    runs: int = 1


class _StopNow(BaseException):
    """Ends generation by what is no violation. Hypothesis neither shrinks it nor goes on drawing: no `Exception`."""


class ForAll:
    """One run over generated examples. `count` is the number of cases run up to the first failure."""

    def __init__(self, body: Callable[[Any], None]) -> None:
        self._body = body
        self.count = 0
        self._counting = threading.Lock()
        self._ended = False  # by a failure or an error: what was drawn ahead does not run any more
        self._failures: dict[str, Failure] = {}
        self._first_failure: float | None = None
        self._last: Failure | None = None
        self._error: Exception | None = None
        self._suspects: set[str] = set()

    def run(self, strategy: SearchStrategy[Any], examples: int, seed: int, width: int = 1) -> Failure | None:
        """Give the minimal failure, confirmed by reruns, or None when the body held for all examples.

        Cases are drawn ahead of those that run, so that drawing costs no time of its own. `width` is how many run
        beside one another, for waits that are Dapr's. A failing one runs again and shrinks alone; one that fails only
        then and there is given with `failed` below `runs`. Anything but a Violation that the body raises ends the run
        and is raised again here.
        """
        failures = self._run_ahead(strategy, examples, seed, width)
        if not failures:
            return None
        self._last = failures[0]
        alone = ForAll(self._body)
        alone._suspects = {fingerprint(failure.example) for failure in failures}
        with contextlib.suppress(Inconclusive, Unsupported):  # what is known to fail is not undone by a rerun
            return alone._shrunk(strategy, examples, seed) or self._confirmed()
        return replace(self._last, runs=2)

    def _run_ahead(self, strategy: SearchStrategy[Any], examples: int, seed: int, width: int) -> list[Failure]:
        found: list[Future[Failure | None]] = []

        def submit(case: Any) -> None:
            if self._ended:
                raise _StopNow
            found.append(pool.submit(self._beside, case))

        pool = ThreadPoolExecutor(width, "examples")
        try:
            with _giving_way():
                with contextlib.suppress(_StopNow):
                    _generating(submit, strategy, examples, seed)()
                wait(found)
        except BaseException:  # Ctrl-C: a body may still wait for an app that hangs
            self._ended = True
            pool.shutdown(wait=False)
            raise
        pool.shutdown()
        return _failures_of(found)

    def _beside(self, example: Any) -> Failure | None:
        if self._ended:
            return None
        with self._counting:
            self.count += 1
        started = time.monotonic_ns()
        try:
            self._body(example)
        except Violation as violation:
            self._ended = True
            return Failure(example, violation, started, time.monotonic_ns())
        except BaseException:
            self._ended = True
            raise
        return None

    def _shrunk(self, strategy: SearchStrategy[Any], examples: int, seed: int) -> Failure | None:
        """Draw the same examples again, run the suspects among them, and shrink the one that fails."""
        try:
            with contextlib.suppress(Violation, FlakyFailure):
                _generating(self._try, strategy, examples, seed)()
        except _StopNow:
            if self._last is None and self._error is not None:
                raise self._error from None
        return self._confirmed()

    def repeat(self, example: Any) -> Failure | None:
        """Run the body on one given example only; a failure is confirmed by reruns."""
        self.count = 1
        self._fails_again(example)
        return self._confirmed()

    def _try(self, example: Any) -> None:
        if self._first_failure is not None and time.monotonic() - self._first_failure > SHRINK_S:
            known = self._failures.get(fingerprint(example))
            if known is None:
                return
            raise known.violation
        if self._first_failure is None and fingerprint(example) not in self._suspects:
            return
        try:
            self._run_once(example)
        except Violation:
            raise
        except Exception as error:
            self._error = error
            raise _StopNow from error
        self._suspects.discard(fingerprint(example))
        if self._first_failure is None and not self._suspects:
            raise _StopNow  # all of them hold now: what comes behind them was never run

    def _run_once(self, example: Any) -> None:
        started = time.monotonic_ns()
        try:
            self._body(example)
        except Violation as violation:
            failure = Failure(example, violation, started, time.monotonic_ns())
            self._first_failure = self._first_failure or started / _NS
            self._failures[fingerprint(example)] = self._last = failure
            raise

    def _confirmed(self) -> Failure | None:
        if self._last is None:
            return None
        smallest = self._last
        failed, runs = 1, _runs(smallest)
        for _ in range(runs - 1):
            with contextlib.suppress(Inconclusive, Unsupported):  # a rerun that could not look does not fail
                failed += self._fails_again(smallest.example)
        last = self._last
        return Failure(smallest.example, last.violation, last.started_ns, last.ended_ns, failed, runs)

    def _fails_again(self, example: Any) -> bool:
        try:
            self._run_once(example)
        except Violation:
            return True
        return False


def _runs(failure: Failure) -> int:
    """Give how often an example is run in all: one that takes very long, as when the app hangs, once less."""
    return RUNS if failure.ended_ns - failure.started_ns < SHRINK_S * _NS else RUNS - 1


def _failures_of(found: Sequence[Future[Failure | None]]) -> list[Failure]:
    """Give the failures; without one, or when the arena is gone, raise the first error.

    An example beside one that ends the app may meet what it cannot judge: that hides no failure.
    """
    errors = [error for each in found if (error := each.exception()) is not None]
    failures = [failure for each in found if each.exception() is None and (failure := each.result()) is not None]
    gone = [error for error in errors if isinstance(error, ArenaFailedError)]
    if errors and (gone or not failures):
        raise (gone or errors)[0]
    return failures


@contextlib.contextmanager
def _giving_way() -> Iterator[None]:
    """Let a thread that draws give way soon to those whose answers have come; Python's 5 ms are several answers."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _generating(
    body: Callable[[Any], None], strategy: SearchStrategy[Any], examples: int, seed: int
) -> Callable[[], None]:
    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )

    def one(example: Any) -> None:
        interrupt.again()
        body(example)

    return settings(hypothesis.seed(seed)(hypothesis.given(strategy)(one)))


def derived_seed(seed: int, name: str) -> int:
    """Give the seed of one part of one check: the same for the same run seed, whatever else runs."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big")


def fingerprint(example: Any) -> str:
    """Give a text that is equal for equal examples."""
    return json.dumps(example, sort_keys=True, default=repr)
