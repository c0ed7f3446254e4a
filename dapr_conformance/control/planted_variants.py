"""Unusual ways of being right: each takes the usual step and its arguments and gives another right one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dapr_conformance.control.exchange import Answer
from dapr_conformance.control.state import Outcome

Step = Callable[..., Any]
Arguments = Mapping[str, Any]


def no_content(_usual: Step, _arguments: Arguments) -> Step:
    """Answer a save with 204 (seam `saved_answer`)."""
    return lambda _record: Answer(204)


def success_without_body(usual: Step, arguments: Arguments) -> Step:
    """Answer a handled event with `status` (default 204) and no body (seam `answer_of_event`)."""
    return lambda word: Answer(int(arguments.get("status", 204))) if word == "SUCCESS" else usual(word)


def created(usual: Step, _arguments: Arguments) -> Step:
    """Answer a save with 201 (seam `saved_answer`)."""
    return lambda record: replace(usual(record), status=201)


def spaced_json(usual: Step, _arguments: Arguments) -> Step:
    """Write JSON with blanks and line ends (seam `answer`)."""

    def answer(request: Any) -> Answer:
        plain: Answer = usual(request)
        if ("Content-Type", "application/json") not in plain.headers:
            return plain
        return replace(plain, body=b"\r\n " + json.dumps(json.loads(plain.body), indent=3).encode() + b" \n")

    return answer


def lower_case_headers(usual: Step, _arguments: Arguments) -> Step:
    """Write header names in lower case (seam `answer`)."""
    return lambda request: replace(usual(request), lower_case=True)


def chunked(usual: Step, _arguments: Arguments) -> Step:
    """Write bodies in chunks (seam `answer`)."""
    return lambda request: replace(usual(request), chunked=True)


def slow(usual: Step, arguments: Arguments) -> Step:
    """Take `delay_s` (default 0.05) longer for every answer (seam `answer`)."""

    def answer(request: Any) -> Any:
        time.sleep(float(arguments.get("delay_s", 0.05)))
        return usual(request)

    return answer


def saves_again(usual: Step, _arguments: Arguments) -> Step:
    """Repeat a failed unconditional save once (seam `save`)."""

    def save(key: str, value: Any, etag: str | None = None) -> Any:
        outcome = usual(key, value, etag)
        return usual(key, value, etag) if outcome is Outcome.FAILED and etag is None else outcome

    return save


def parks(_usual: Step, _arguments: Arguments) -> Step:
    """Save a poison event whole and acknowledge it then (seam `on_poison`)."""
    return lambda raw, park: "SUCCESS" if park(raw) else "RETRY"
