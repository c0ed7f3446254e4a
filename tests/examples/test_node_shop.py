"""The known-good Node app as a process beside a fake sidecar."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js on PATH")

SHOP = Path(__file__).parents[1] / "projects" / "node_shop"
EVENT = {"specversion": "1.0", "id": "e1", "source": "test", "type": "t", "data": {"orderId": "1", "quantity": 2}}


def command(_):
    return ["node", "server.js"]


@pytest.fixture(scope="module")
def shop(start):
    return start(command, SHOP)[1]


def test_an_event_is_stored_once_before_it_is_acknowledged(shop, sidecar):
    for _ in range(2):
        assert shop.post("/events/orders", json=EVENT).json() == {"status": "SUCCESS"}
    assert [value for value, _ in sidecar.records.values()] == [EVENT["data"]]


def test_a_failing_store_is_never_a_success(shop, sidecar):
    sidecar.failing = True
    assert shop.post("/events/orders", json=EVENT).json() == {"status": "RETRY"}
    assert shop.post("/dead/orders", json=EVENT).json() == {"status": "RETRY"}


@pytest.mark.parametrize(
    "poison", [b"", b"null", b"[]", b"\xff", b"[" * 100_000, json.dumps({**EVENT, "data": 7}).encode()]
)
def test_what_can_never_be_processed_is_dropped_and_kept_as_a_dead_letter(shop, sidecar, poison):
    assert shop.post("/events/orders", content=poison).json() == {"status": "DROP"}
    assert shop.post("/dead/orders", content=poison).json() == {"status": "SUCCESS"}
    assert len(sidecar.records) == 1


def test_head_is_get_without_the_body(shop):
    get, head = shop.get("/products"), shop.head("/products")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_sigterm_lets_a_delivery_finish(start, answered_at_the_end):
    process, shop = start(command, SHOP)
    answer = answered_at_the_end(process, lambda: shop.post("/events/orders", json=EVENT))
    assert answer.json() == {"status": "SUCCESS"}
    assert process.wait(10) == 0
