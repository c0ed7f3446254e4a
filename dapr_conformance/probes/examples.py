"""Run a body for all generated examples: Hypothesis draws and shrinks, every other decision is here.

Hypothesis' own profile is never used: the `CI` variable changes its defaults, and a live sidecar needs
no deadline per example. Shrinking is bounded in time, because a failure over a network may be flaky.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration
from hypothesis.errors import FlakyFailure
from hypothesis.strategies import SearchStrategy

from dapr_conformance.probes.outcome import Violation

SHRINK_S = 20.0
RERUNS = 3


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

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(str(error))


class ForAll:
    """One run over generated examples. `count` is the number of cases run before the first failure."""

    def __init__(self, body: Callable[[Any], None]) -> None:
        self._body = body
        self.count = 0
        self._failures: dict[str, Failure] = {}
        self._first_failure: float | None = None
        self._last: Failure | None = None
        self._suspects: set[str] | None = None

    def run(self, strategy: SearchStrategy[Any], examples: int, seed: int) -> Failure | None:
        """Give the minimal failure, confirmed by reruns, or None when the body held for all examples.

        Anything but a Violation that the body raises ends the run and is raised again here.
        """
        try:
            with contextlib.suppress(Violation, FlakyFailure):
                _generating(self._try, strategy, examples, seed)()
        except _StopNow as stop:
            raise stop.error from None
        return self._confirmed()

    def run_wide(self, strategy: SearchStrategy[Any], examples: int, seed: int, width: int) -> Failure | None:
        """Run the cases beside one another, for waits that are Dapr's; a failing one runs again and shrinks alone.

        A case that fails only in company is given with `failed` below `runs`.
        """
        cases = drawn(strategy, examples, seed)
        with ThreadPoolExecutor(width) as pool:
            failures = [failure for failure in pool.map(self._beside, cases) if failure is not None]
        self.count = len(cases)
        if not failures:
            return None
        self._last = failures[0]
        alone = ForAll(self._body)
        alone._suspects = {fingerprint(failure.example) for failure in failures}
        return alone.run(strategy, examples, seed) or self._confirmed()

    def _beside(self, example: Any) -> Failure | None:
        started = time.monotonic_ns()
        try:
            self._body(example)
        except Violation as violation:
            return Failure(example, violation, started, time.monotonic_ns())
        return None

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
        if self._first_failure is None:
            if self._suspects is not None and fingerprint(example) not in self._suspects:
                return
            self.count += 1
        try:
            self._run_once(example)
        except Violation:
            raise
        except Exception as error:
            raise _StopNow(error) from error

    def _run_once(self, example: Any) -> None:
        started = time.monotonic_ns()
        try:
            self._body(example)
        except Violation as violation:
            failure = Failure(example, violation, started, time.monotonic_ns())
            self._first_failure = self._first_failure or time.monotonic()
            self._failures[fingerprint(example)] = self._last = failure
            raise

    def _confirmed(self) -> Failure | None:
        if self._last is None:
            return None
        smallest = self._last
        failed = 1 + sum(self._fails_again(smallest.example) for _ in range(RERUNS - 1))
        last = self._last
        return Failure(smallest.example, last.violation, last.started_ns, last.ended_ns, failed, RERUNS)

    def _fails_again(self, example: Any) -> bool:
        try:
            self._run_once(example)
        except Violation:
            return True
        return False


def drawn(strategy: SearchStrategy[Any], examples: int, seed: int) -> list[Any]:
    """Give the examples that a run with this seed begins with, without doing anything with them."""
    cases: list[Any] = []

    def keep(example: Any) -> None:
        cases.append(example)

    _generating(keep, strategy, examples, seed)()
    return cases


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
    return settings(hypothesis.seed(seed)(hypothesis.given(strategy)(body)))


def derived_seed(seed: int, name: str) -> int:
    """Give the seed of one part of one check: the same for the same run seed, whatever else runs."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big")


def fingerprint(example: Any) -> str:
    """Give a text that is equal for equal examples."""
    return json.dumps(example, sort_keys=True, default=repr)
