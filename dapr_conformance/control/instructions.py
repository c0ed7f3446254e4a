"""Routes under `/dc/`: the answer is told by the request itself, so that checks share no state.

`/dc/deliver/N` answers the n-th attempt of an event by the n-th of `data.dc.answers` (the last one repeats; the
extension attribute `dc` serves events whose data is not an object), else 200 and nothing. `/dc/accept/N` always
answers 200. `/dc/echo/...` answers the request header `dc-answer`, base64 of one such answer as JSON, else shows
the raw request. One answer: {"status", "headers": [[name, value]], "body" or "body_base64", "delay_s", "close"}.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from dapr_conformance.control.cloud_event import Event, read_bulk, read_event, read_json
from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer


class Instructions:
    """Answers requests as they themselves say."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._attempts: Counter[tuple[str, str]] = Counter()

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for `/dc/`; None for any other."""
        if request.path.startswith("/dc/deliver/"):
            return self._deliver(request)
        if request.path.startswith("/dc/accept/"):
            return Answer()
        return _echo(request) if request.path.startswith("/dc/echo") else None

    def _deliver(self, request: Request) -> Answer:
        entries = read_bulk(request.body)
        if entries is None:
            return self._attempt(request.path, read_event(request.body), request.body)
        statuses = [
            {"entryId": entry, "status": _status_word(self._attempt(request.path, event, raw))}
            for entry, event, raw in entries
        ]
        return json_answer({"statuses": statuses})

    def _attempt(self, path: str, event: Event | None, raw: bytes) -> Answer:
        answers = _answers(event)
        if not answers:
            return Answer()
        key = (path, (event and event.identity) or raw.hex())
        with self._guard:
            number = self._attempts[key]
            self._attempts[key] += 1
        return _instructed(answers[min(number, len(answers) - 1)])


def _answers(event: Event | None) -> list[Mapping[str, Any]]:
    if event is None:
        return []
    instruction = event.data.get("dc") if isinstance(event.data, dict) else None
    instruction = instruction or event.attributes.get("dc")
    if isinstance(instruction, str):
        instruction = read_json(instruction.encode())
    return list(instruction.get("answers") or ()) if isinstance(instruction, dict) else []


def _instructed(row: Mapping[str, Any]) -> Answer:
    if row.get("delay_s"):
        time.sleep(float(row["delay_s"]))
    encoded = row.get("body_base64")
    body = str(row.get("body", "")).encode() if encoded is None else base64.b64decode(encoded)
    headers = tuple((str(name), str(value)) for name, value in row.get("headers", ()))
    return Answer(int(row.get("status", 200)), headers, body, close=bool(row.get("close")))


def _status_word(answer: Answer) -> str:
    body = read_json(answer.body)
    word = body.get("status") if isinstance(body, dict) else None
    return str(word or ("SUCCESS" if answer.status < 300 else "RETRY"))


def _echo(request: Request) -> Answer:
    told = request.header("dc-answer")
    if told is None:
        return json_answer(
            {
                "method": request.method,
                "target": request.target,
                "headers": request.headers,
                "body_base64": base64.b64encode(request.body).decode(),
            }
        )
    try:
        return _instructed(json.loads(base64.b64decode(told, validate=True)))
    except (ValueError, TypeError, AttributeError) as error:
        return text_answer(400, f"dc-answer: {error}")
