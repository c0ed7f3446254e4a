"""Faults of an app that tells its health: each takes the right step and its arguments and gives a wrong one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
_PAUSE_S = 0.1


def always_ready(right: Step, _arguments: Arguments) -> Step:
    """Be ready whatever happens (seam `ready_answer`)."""
    return lambda _problem: right(None)


def ready_for_ever(right: Step, _arguments: Arguments) -> Step:
    """Be ready for ever once it was so (seam `problem`)."""
    was_ready: list[bool] = []

    def problem() -> Any:
        found = None if was_ready else right()
        if found is None:
            was_ready.append(True)
        return found

    return problem


def never_ready_again(right: Step, _arguments: Arguments) -> Step:
    """Be not ready for ever once it was so (seam `problem`)."""
    met: list[str] = []

    def problem() -> Any:
        found = right()
        if found is not None:
            met.append(found)
        return met[0] if met else None

    return problem


def only_refusal_counts(_right: Step, _arguments: Arguments) -> Step:
    """Take any answer for a good one (seam `is_fine`)."""
    return lambda status: bool(status > 0)


def only_errors_count(_right: Step, _arguments: Arguments) -> Step:
    """Take no answer for a good one (seam `is_fine`)."""
    return lambda status: bool(status < 500)


def not_asked(_right: Step, _arguments: Arguments) -> Step:
    """Take it for granted that a component works (seam `component_status`)."""
    return lambda _block, _name: 204


def says_ready(right: Step, _arguments: Arguments) -> Step:
    """Say `ready` in the body of every answer, whatever its status (seam `ready_answer`)."""
    return lambda problem: replace(json_answer({"status": "ready"}), status=right(problem).status)


def waits_on_healthz(right: Step, _arguments: Arguments) -> Step:
    """Ask the sidecar's /v1.0/healthz, which waits for this app (seam `live_answer`)."""

    def answer(healthz: Callable[[], int]) -> Any:
        return right(healthz) if healthz() == 204 else text_answer(503, "the sidecar is not ready")

    return answer


def slow(right: Step, arguments: Arguments) -> Step:
    """Take `delay_s` (default 0.7) for an answer (seam `live_answer`)."""

    def answer(healthz: Callable[[], int]) -> Any:
        time.sleep(float(arguments.get("delay_s", 0.7)))
        return right(healthz)

    return answer


def says_unhealthy(_right: Step, _arguments: Arguments) -> Step:
    """Say in the body that something is wrong, with status 200 (seam `live_answer`)."""
    return lambda _healthz: json_answer({"status": "unhealthy"})


def one_at_a_time(right: Step, _arguments: Arguments) -> Step:
    """Answer one request after another (seam `answer`)."""
    lock = threading.Lock()

    def answer(request: Request) -> Any:
        with lock:
            return right(request)

    return answer


def looks_now_and_then(right: Step, _arguments: Arguments) -> Step:
    """Look in the background, five times a second, and answer what was seen last (seam `problem`)."""
    seen: list[str | None] = ["nothing is known yet"]

    def watch() -> None:
        while True:
            with suppress(Exception):
                seen[0] = right()
            time.sleep(_PAUSE_S)

    threading.Thread(target=watch, daemon=True).start()
    return lambda: seen[0]


def in_words(right: Step, _arguments: Arguments) -> Step:
    """Answer in plain text (seam `ready_answer`)."""

    def answer(problem: str | None) -> Answer:
        return text_answer(right(problem).status, "Ready" if problem is None else f"Not ready: {problem}")

    return answer
