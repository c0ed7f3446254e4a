"""Which orders exist, kept in a few records of {order id: token}, so that writers of different orders seldom meet.

An order is entered before it is stored and removed after it is deleted: the index may name too many orders, never
too few. The token settles the race between both: whoever finds it changed knows that the other one came between.
"""

import secrets
from zlib import crc32

from app import state

SHARDS = 64


@state.retry_conflicts
def enter(order_id: str) -> str:
    """Name the order under a new token and give that token."""
    record, token = state.get(_key(order_id)), secrets.token_hex(4)
    entries, etag = (record.value, record.etag) if record else ({}, None)
    state.save(_key(order_id), {**entries, order_id: token}, etag)
    return token


def holds(order_id: str, token: str) -> bool:
    """Tell whether the order is still named under this token."""
    record = state.get(_key(order_id))
    return record is not None and record.value.get(order_id) == token


@state.retry_conflicts
def remove(order_id: str, token: str) -> None:
    """Take the order out, unless someone has entered it again under another token."""
    record = state.get(_key(order_id))
    if record and record.value.pop(order_id, None) == token:
        state.save(_key(order_id), record.value, record.etag)


def order_ids() -> list[str]:
    """Give the ids of all orders, sorted; a few of them may be deleted already."""
    shards = state.get_many(f"index-{shard}" for shard in range(SHARDS))
    return sorted(order_id for entries in shards.values() for order_id in entries)


def _key(order_id: str) -> str:
    return f"index-{crc32(order_id.encode()) % SHARDS}"
