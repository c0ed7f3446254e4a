"""The examples `orders_node` and `orders_go` as processes beside a fake sidecar: how they end, and poison."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDER = {"customer": "Zoë 🫖", "amount": 2**53 - 1, "items": [], "payments": [], "shipments": []}
PAYMENT = {"orderId": "1", "paymentId": "p1", "amount": 5}
EVENT = {"specversion": "1.0", "id": "e1", "source": "test", "type": "t", "data": PAYMENT}


@pytest.fixture(scope="module", params=["node", "go"])
def app(request, start):
    """Give a function that starts the app and gives its process and a client."""
    if request.param == "go":
        command = [str(request.getfixturevalue("orders_go"))]
    elif shutil.which("node"):
        command = ["node", "app/server.js"]
    else:
        pytest.skip("needs Node.js on PATH")
    return lambda: start(lambda _: command, EXAMPLES / f"orders_{request.param}")


@pytest.fixture(scope="module")
def orders(app):
    return app()[1]


def told(answer):
    assert answer.status_code == 200
    return answer.json()["status"]


def test_a_payment_counts_once_and_not_before_it_is_stored(orders, sidecar):
    assert told(orders.post("/events/payments", json=EVENT)) == "RETRY"  # it overtook its order
    sidecar.records["order-1"] = (ORDER, "1")
    sidecar.failing = True
    assert told(orders.post("/events/payments", json=EVENT)) == "RETRY"
    sidecar.failing = False
    for same in (EVENT, EVENT, {**EVENT, "id": "e2"}, {**EVENT, "data": {**PAYMENT, "paymentId": "p2"}}):
        assert told(orders.post("/events/payments", json=same)) == "SUCCESS"
    assert [paid["amount"] for paid in orders.get("/orders/1").json()["payments"]] == [5]


POISON = [
    b"",
    b"null",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    json.dumps({**EVENT, "data": None}).encode(),
    json.dumps({**EVENT, "data": {**PAYMENT, "amount": "5"}}).encode(),
    json.dumps({**EVENT, "data": {**PAYMENT, "amount": 2**53}}).encode(),
    json.dumps({**EVENT, "data": {**PAYMENT, "orderId": "a||b"}}).encode(),
    json.dumps({**EVENT, "data": None, "data_base64": "?"}).encode(),
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_what_can_never_be_processed_is_dropped_and_kept_as_a_dead_letter(orders, sidecar, poison):
    sidecar.records["order-1"] = (ORDER, "1")
    assert told(orders.post("/events/payments", content=poison)) == "DROP"
    for _ in range(2):
        assert told(orders.post("/dead-letters/payments", content=poison)) == "SUCCESS"
    assert sum(key.startswith("dead-payments-") for key in sidecar.records) == 1


def test_sigterm_lets_a_request_finish(app, sidecar, answered_at_the_end):
    process, orders = app()
    sidecar.records["order-1"] = (ORDER, "1")
    answer = answered_at_the_end(process, lambda: orders.delete("/orders/1"))
    assert answer.status_code == 204
    assert process.wait(10) == 0
