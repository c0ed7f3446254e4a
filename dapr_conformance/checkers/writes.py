"""Which of an app's calls to its sidecar are writes, and whether an event that came again wrote more.

Rule: Dapr docs: reference/api/state_api, pubsub_api, bindings_api. Bulk reads and queries are POST, too, and no writes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from dapr_conformance.warden.protocol import Exchange

_VERSION = r"/v1\.0(-\w+)?"
_QUERY = r"/?(\?.*)?"
SAVE = rf"{_VERSION}/state/[^/?]+(/transaction)?{_QUERY}"
DELETE = rf"{_VERSION}/state/[^/?]+/[^?]+(\?.*)?"
PUBLISH = rf"{_VERSION}/publish/.+"
BINDING = rf"{_VERSION}/bindings/.+"
WRITES: dict[str, tuple[tuple[str, str], ...]] = {
    "state": (("POST", SAVE), ("PUT", SAVE), ("DELETE", DELETE)),
    "publish": (("POST", PUBLISH), ("PUT", PUBLISH)),
    "bindings": (("POST", BINDING), ("PUT", BINDING)),
}


def block_of(call: Exchange) -> str | None:
    """Give the building block that a call writes to (`state`, `publish`, `bindings`); None if it is no write."""
    for block, places in WRITES.items():
        if any(call.method == method and re.fullmatch(path, call.target) for method, path in places):
            return block
    return None


def saved_keys(call: Exchange) -> list[tuple[str, str]]:
    """Give (store, key) of each item that a call saves; nothing for any other call."""
    if block_of(call) != "state" or call.method == "DELETE":
        return []
    store = unquote(call.target.split("/")[3].partition("?")[0])
    return [(store, item["key"]) for item in _items(call) if isinstance(item.get("key"), str)]


def more_effects(once: Sequence[Exchange], again: Sequence[Exchange]) -> str:
    """Give what an event did more when it came again than another one that came once; empty for nothing.

    Counted are the calls that publish or call a binding, by target, and the different values saved; to save the
    same value under the same key again changes nothing.
    """
    more = [f"{target}: {count} more" for target, count in sorted((_sent(again) - _sent(once)).items())]
    values = len(_saved(again)) - len(_saved(once))
    return ", ".join([*more, *([f"state: {values} more values saved"] if values > 0 else [])])


def _sent(calls: Sequence[Exchange]) -> Counter[str]:
    return Counter(call.target for call in calls if block_of(call) in ("publish", "bindings"))


def _saved(calls: Sequence[Exchange]) -> set[str]:
    saves = [call for call in calls if block_of(call) == "state"]
    return {json.dumps([item.get("key"), item.get("value")], sort_keys=True) for c in saves for item in _items(c)}


def _items(call: Exchange) -> list[dict[str, Any]]:
    try:
        body = json.loads(call.request_body or b"[]")
    except ValueError:
        return []
    if isinstance(body, dict):
        body = [operation.get("request") for operation in body.get("operations") or () if isinstance(operation, dict)]
    return [item for item in body if isinstance(item, dict)] if isinstance(body, list) else []
