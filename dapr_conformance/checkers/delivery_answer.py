"""What an app's answer to a delivery means to daprd, and how many deliveries follow from it.

Rule: Dapr docs "Pub/sub API reference", "Expected HTTP Response"; daprd decodes the body as Go's encoding/json does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dapr_conformance.checkers.inbound_policy import InboundPolicy

SUCCESS = "success"
RETRY = "retry"
DROP = "drop"
_WORDS = {"": SUCCESS, "SUCCESS": SUCCESS, "RETRY": RETRY, "DROP": DROP}
_BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Meaning:
    """What daprd does on an answer: `success`, `retry` or `drop`.

    `astray` is empty for an answer of the protocol, else what is said there that daprd takes for something else
    (an unknown status word, a redirect). `not_found` marks the drop by status 404, which older versions treat
    differently from the word DROP.
    """

    kind: str
    astray: str = ""
    not_found: bool = False


def meaning(status: int | None, body: bytes = b"") -> Meaning:
    """Give the meaning of an answer with this HTTP status (None: no answer came) and body."""
    if status is None:
        return Meaning(RETRY)
    if 200 <= status < 300:
        return _said(_status_word(body))
    if status == 404:
        return Meaning(DROP, not_found=True)
    return Meaning(RETRY, f"the redirect {status}" if 300 <= status < 400 else "")


def _said(word: str) -> Meaning:
    if word in _WORDS:
        return Meaning(_WORDS[word])
    return Meaning(RETRY, f"the unknown status word {word!r}")


def _status_word(body: bytes) -> str:
    """Give the text in the field `status`; empty where daprd finds none, which it takes for success."""
    text = body.decode("utf-8", "replace").lstrip(_BLANKS)
    try:
        pairs, _ = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_no_constant).raw_decode(text)
    except (ValueError, RecursionError):
        return ""
    found = [value for name, value in pairs if name.lower() == "status"] if isinstance(pairs, _Pairs) else []
    if any(value is not None and not isinstance(value, str) for value in found):
        return ""
    words = [value for value in found if value is not None]
    return str(words[-1]) if words else ""


class _Pairs(list[tuple[str, Any]]):
    """The fields of a JSON object in their order: with Go, names match in any case and the last one counts."""


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def attempts(answers: Sequence[tuple[int | None, bytes]], policy: InboundPolicy, rounds: int = 1) -> int:
    """Give how often an event is delivered to an app that gives these answers, one after the other.

    Args:
        answers: (status, body) of each attempt; the last one repeats.
        policy: what the sidecar does on failures; one without end must end in an answer that is final.
        rounds: how often the broker hands an event over that the sidecar could not deliver.

    """
    made = 0
    for _ in range(rounds):
        made = _round(answers, policy, made)
        if meaning(*_answer(answers, made)).kind != RETRY:
            break
    return made


def _round(answers: Sequence[tuple[int | None, bytes]], policy: InboundPolicy, before: int) -> int:
    made = before
    while True:
        made += 1
        status, body = _answer(answers, made)
        if meaning(status, body).kind != RETRY or made - before == _most(policy):
            return made
        if not policy.retries(None if status is None or status < 300 else status):
            return made


def _answer(answers: Sequence[tuple[int | None, bytes]], made: int) -> tuple[int | None, bytes]:
    return answers[min(made, len(answers)) - 1]


def taken_for_success(answers: Sequence[tuple[int | None, bytes]], made: int) -> bool:
    """Tell whether a delivery that ended early, after `made` attempts, may be daprd's known mistake.

    About once in some thousand times under load daprd takes a connection that is closed without an answer for
    success, and the event is lost (observed with 1.18.2 and an app that only closes).
    """
    return made > 0 and answers[min(made, len(answers)) - 1][0] is None


def _most(policy: InboundPolicy) -> int | None:
    return None if policy.max_retries is None else policy.max_retries + 1
