"""The answer to `/dapr/subscribe` (Dapr docs: reference/api/pubsub_api, programmatic subscriptions)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dapr_conformance.control.spec import RecordedAnswer
from dapr_conformance.target.model import Subscription

_PATH = "/dapr/subscribe"
_OK = 200


def subscriptions_answer(
    recorded: Iterable[RecordedAnswer], wire: Sequence[Subscription], extra: Sequence[Subscription]
) -> tuple[Mapping[str, Any], ...]:
    """Give the subscriptions as JSON: the recorded answer if there is one, else `wire`, and then `extra`."""
    replayed = (_rows(answer) for answer in recorded if answer.method == "GET" and answer.target == _PATH)
    rows = next((rows for rows in replayed if rows is not None), None)
    own = [_row(subscription) for subscription in wire] if rows is None else rows
    return (*own, *(_row(subscription) for subscription in extra))


def _rows(answer: RecordedAnswer) -> list[Mapping[str, Any]] | None:
    try:
        rows = json.loads(answer.body) if answer.status == _OK else None
    except ValueError:
        return None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def _row(subscription: Subscription) -> dict[str, Any]:
    row = {
        "pubsubname": subscription.pubsubname,
        "topic": subscription.topic,
        # Which event takes which rule is not kept; the last of the routes is the default one.
        "route": subscription.routes[-1] if subscription.routes else "/",
        "deadLetterTopic": subscription.dead_letter_topic,
        "metadata": dict(subscription.metadata),
        "bulkSubscribe": {"enabled": True} if subscription.bulk else None,
    }
    return {name: value for name, value in row.items() if value}
