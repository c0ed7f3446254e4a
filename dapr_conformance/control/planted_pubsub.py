"""Faults of an app that handles events: each takes the right step and its arguments and gives a wrong one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dapr_conformance.control.cloud_event import Event
from dapr_conformance.control.exchange import Answer

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
Apply = Callable[[str | None], bool]
Subscriptions = list[dict[str, Any]]


def unknown_status_word(right: Step, arguments: Arguments) -> Step:
    """Answer words that Dapr does not know, or only for the word `word` (seam `answer_of_event`)."""
    wrong = {"SUCCESS": "ok", "RETRY": "retry", "DROP": "drop"}
    return lambda word: right(wrong.get(word, word) if arguments.get("word", word) == word else word)


def redirect(_right: Step, arguments: Arguments) -> Step:
    """Answer every event with a redirect to `location` (seam `answer_of_event`)."""
    return lambda _word: Answer(307, (("Location", str(arguments.get("location", "/elsewhere"))),))


def error_after_effect(right: Step, _arguments: Arguments) -> Step:
    """Answer 500 although everything is done (seam `answer_of_event`)."""
    return lambda word: Answer(500) if word == "SUCCESS" else right(word)


def ack_before_save(right: Step, _arguments: Arguments) -> Step:
    """Carry out an event in the background (seam `once`)."""

    def once(identity: str | None, apply: Apply) -> bool:
        threading.Thread(target=right, args=(identity, apply), daemon=True).start()
        return True

    return once


def not_idempotent(right: Step, _arguments: Arguments) -> Step:
    """Carry out an event as often as it comes (seam `once`)."""
    return lambda identity, apply: right(_another(identity), apply)


def racy_idempotency(_right: Step, _arguments: Arguments) -> Step:
    """Look whether an event is known, act, and only then remember it (seam `once`)."""
    known: set[str] = set()

    def once(identity: str | None, apply: Apply) -> bool:
        if identity in known:
            return True
        done = apply(_another(identity))
        if done and identity is not None:
            known.add(identity)
        return done

    return once


def _another(identity: str | None) -> str:
    return f"{identity} {os.urandom(8).hex()}"


def swallow_failed_save(_right: Step, _arguments: Arguments) -> Step:
    """Take failed effects for success (seam `effect_outcome`)."""
    return lambda _done: True


def say(_right: Step, arguments: Arguments) -> Step:
    """Answer `word` whatever is asked (seams `on_failure`, `on_poison`, `dead_letter_answer`)."""
    return lambda *_: str(arguments["word"])


def crash(_right: Step, _arguments: Arguments) -> Step:
    """End the process at once (seam `on_poison`)."""
    return lambda *_: os._exit(3)


def hang(_right: Step, _arguments: Arguments) -> Step:
    """Never come back (seam `on_poison`)."""
    return lambda *_: threading.Event().wait()


def reject_foreign_topic(right: Step, arguments: Arguments) -> Step:
    """Answer `word` (default 500) where the envelope's topic is not the route's own (seam `dead_letter_answer`)."""

    def answer(topics: Sequence[str], event: Event | None) -> Any:
        own = event is not None and event.text("topic") in topics
        return right(topics, event) if own else str(arguments.get("word", "500"))

    return answer


def dead_letter_is_topic(right: Step, _arguments: Arguments) -> Step:
    """Declare the topic itself as its dead letter topic (seam `subscriptions_answer`)."""
    return lambda rows: [_with_dead_letter(row, row["topic"]) for row in right(rows)]


def dead_letter_misspelt(right: Step, arguments: Arguments) -> Step:
    """Declare a dead letter topic with `added` (default `s`) at its end (seam `subscriptions_answer`)."""
    added = str(arguments.get("added", "s"))
    return lambda rows: [_with_dead_letter(row, row.get("deadLetterTopic", "") + added) for row in right(rows)]


def _with_dead_letter(row: dict[str, Any], topic: str) -> dict[str, Any]:
    return {**row, "deadLetterTopic": topic} if _is_own(row) and row.get("deadLetterTopic") else row


def dead_letter_not_subscribed(right: Step, _arguments: Arguments) -> Step:
    """Leave the subscriptions to dead letter topics out (seam `subscriptions_answer`)."""

    def answer(rows: Subscriptions) -> Subscriptions:
        declared = {(row["pubsubname"], row.get("deadLetterTopic")) for row in right(rows) if _is_own(row)}
        return [row for row in right(rows) if (row["pubsubname"], row["topic"]) not in declared]

    return answer


def _is_own(row: Mapping[str, Any]) -> bool:
    return not str(row.get("route", "")).startswith("/dc/")
