"""The named places where a planted fault can sit: each behaviour passes through one by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

Step = TypeVar("Step", bound=Callable[..., Any])
Replacement = Callable[[Callable[..., Any]], Callable[..., Any]]

SEAMS: Mapping[str, str] = {
    "afterwards": "(look) -> None: what goes on behind the answer to a request; look() reads a state item",
    "assigned": "(state keys, entries of a bulk answer) -> item by state key",
    "answer": "(request) -> answer: every request",
    "bulk_view": "(identifiers with their items, name of the identifier's field) -> records that a bulk read shows",
    "component_status": "(building block, name) -> status with which a component answers, 0 for none",
    "dead_letter_answer": "(topics of the route, event) -> status word",
    "answer_of_event": "(status word) -> answer: what daprd is told",
    "delete_record": "(identifier, etag, overwrite) -> outcome of deleting a record; overwrite(record) saves instead",
    "effect_outcome": "(whether all of an event's effects succeeded) -> the same",
    "entity_body": "(record) -> record as stored",
    "etag": "(ETag of a guarded write) -> the one that is sent, None for none",
    "invocation_answer": "(request) -> answer of an invoked route",
    "is_fine": "(status) -> whether what answers with it works",
    "key_in_path": "(state key) -> its form in a URL path",
    "live_answer": "(status of /v1.0/healthz when called) -> answer of a liveness route",
    "lock": "(state key) -> context manager held while its item is changed",
    "load": "(state key) -> what the state component holds",
    "on_event": "(route, event, raw body) -> status word",
    "on_failure": "() -> status word of an event that could not be handled now",
    "on_poison": "(raw body, park) -> status word of an event that can never be handled",
    "once": "(identity, apply) -> whether the event's effects are there",
    "outgoing_headers": "(method, path, content type) -> headers of a call to the sidecar",
    "problem": "() -> what keeps the app from being ready, None for nothing",
    "ready_answer": "(problem) -> answer of a readiness route",
    "published": "(content type, body) -> those of what is published",
    "read_event": "(raw body) -> event, None for what is none",
    "save": "(state key, value, etag) -> outcome of saving any item",
    "save_all": "(value by state key) -> outcome of saving a batch",
    "save_outcome": "(outcome of saving a record) -> the same",
    "saved_answer": "(record) -> answer to a successful save",
    "sidecar_status": "() -> status of the sidecar's outbound health, 0 for no answer",
    "state_key": "(identifier) -> its part of the state key",
    "subscriptions_answer": "(subscriptions) -> the JSON of /dapr/subscribe",
    "unlisted": "(identifiers, identifier) -> identifiers that the list shows after a deletion",
    "write_record": "(identifier, record, etag) -> outcome of saving a record",
}


class Seams:
    """Leads every named step through what is planted there; with nothing planted the step is itself."""

    def __init__(self, planted: Sequence[tuple[str, Replacement]] = ()) -> None:
        self._planted = tuple(planted)

    def through(self, name: str, step: Step) -> Step:
        """Give `step`, wrapped by whatever is planted at seam `name`, the last planted outermost."""
        if name not in SEAMS:
            raise KeyError(name)
        result: Callable[..., Any] = step
        for seam, replacement in self._planted:
            if seam == name:
                result = replacement(result)
        return cast("Step", result)
