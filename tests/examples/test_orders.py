"""The example `orders` as a process beside a fake sidecar: what it answers when things go wrong."""

from __future__ import annotations

import base64
import json
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("dapr")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

ORDERS = Path(__file__).parents[2] / "examples" / "orders"
ORDER = {"customer": "Zoë 🫖", "amount": 2**53 - 1, "items": [{"sku": "tea", "quantity": 2}]}
STORED = {**ORDER, "payments": [], "shipments": []}
PAYMENT = {"orderId": "1", "paymentId": "p1", "amount": 5}


def command(port):
    return [sys.executable, "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port)]


@pytest.fixture(scope="module")
def orders(start):
    return start(command, ORDERS)[1]


def event(data, **attributes):
    return {"specversion": "1.0", "id": "e1", "source": "test", "type": "t", "data": data, **attributes}


def deliver(orders, content):
    body = content if isinstance(content, bytes) else json.dumps(content)
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    answer = orders.post("/events/payments", content=body, headers=headers)
    assert answer.status_code == 200
    return answer.json()["status"]


@pytest.mark.usefixtures("sidecar")
def test_an_order_is_stored_but_not_reported_as_a_success_when_it_cannot_be_published(orders):
    assert orders.put("/orders/1", json=ORDER).status_code == 503
    assert orders.get("/orders/1").json() == {"id": "1", **STORED}


def test_several_orders_are_shown_in_one_read_and_those_that_there_are_not_left_out(orders, sidecar):
    sidecar.records = {f"order-{n}": ({**STORED, "amount": n}, "1") for n in (1, 2)}
    shown = orders.get("/orders", params={"ids": "2,nothing,1,2"}).json()
    assert [(order["id"], order["amount"]) for order in shown] == [("2", 2), ("1", 1)]
    assert orders.get("/orders", params={"ids": "a||b"}).status_code == 422
    sidecar.unreadable = {"order-2"}
    assert orders.get("/orders", params={"ids": "1,2"}).status_code == 503


def test_a_failing_store_is_never_a_success(orders, sidecar):
    sidecar.records["order-1"] = (STORED, "1")
    sidecar.failing = True
    assert orders.put("/orders/1", json=ORDER).status_code == 503
    assert orders.delete("/orders/1").status_code == 503
    assert deliver(orders, event(PAYMENT)) == "RETRY"
    assert orders.post("/dead-letters/payments", json=event(PAYMENT)).json() == {"status": "RETRY"}


def test_if_match_guards_put_and_delete(orders, sidecar):
    sidecar.records["order-1"] = (STORED, "1")
    old = orders.get("/orders/1").headers["etag"]
    assert orders.put("/orders/1", json={**ORDER, "amount": 1}, headers={"if-match": old}).status_code == 503
    assert orders.get("/orders/1").json()["amount"] == 1  # stored; only the event has nowhere to go here
    assert orders.put("/orders/1", json=ORDER, headers={"if-match": old}).status_code == 412
    assert orders.delete("/orders/1", headers={"if-match": old}).status_code == 412
    assert orders.delete("/orders/1", headers={"if-match": '"2"'}).status_code == 204
    assert orders.get("/orders/1").status_code == orders.delete("/orders/1").status_code == 404


def test_a_payment_counts_once_by_its_id_and_by_its_event(orders, sidecar):
    sidecar.records["order-1"] = (STORED, "1")
    in_base64 = base64.b64encode(json.dumps(PAYMENT).encode()).decode()
    for same in (event(PAYMENT), event(PAYMENT), event(PAYMENT, id="e2"), event({**PAYMENT, "paymentId": "p2"})):
        assert deliver(orders, same) == "SUCCESS"
    assert deliver(orders, event(None, id="e3", data_base64=in_base64, extension="x")) == "SUCCESS"
    assert orders.get("/orders/1/summary").json()["paid"] == 5


def test_payments_at_once_are_all_recorded(orders, sidecar):
    sidecar.records["order-1"] = (STORED, "1")
    threads = [
        threading.Thread(target=deliver, args=(orders, event({**PAYMENT, "paymentId": f"p{n}"}, id=f"e{n}")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert orders.get("/orders/1/summary").json()["paid"] == 8 * 5


POISON = [
    b"",
    b"null",
    b"[]",
    b"7",
    b"\xff\xfe",
    b"[" * 100_000,
    event(None),
    event(json.dumps(PAYMENT)),
    event({**PAYMENT, "amount": "5"}),
    event({**PAYMENT, "amount": 2**53}),
    event({**PAYMENT, "orderId": "a||b"}),
    event({**PAYMENT, "paymentId": "\ud800"}),
    event(PAYMENT, id=7),
    event(None, data_base64="?"),
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_what_can_never_be_processed_is_dropped_and_kept_as_a_dead_letter(orders, sidecar, poison):
    sidecar.records["order-1"] = (STORED, "1")
    assert deliver(orders, poison) == "DROP"
    body = poison if isinstance(poison, bytes) else json.dumps(poison).encode()
    for _ in range(2):
        assert orders.post("/dead-letters/payments", content=body).json() == {"status": "SUCCESS"}
    assert sum(key.startswith("dead-payments-") for key in sidecar.records) == 1


def test_a_payment_that_overtook_its_order_is_tried_again(orders, sidecar):
    assert deliver(orders, event(PAYMENT)) == "RETRY"
    sidecar.records["order-1"] = (STORED, "1")
    assert deliver(orders, event(PAYMENT)) == "SUCCESS"


def test_head_is_get_without_the_body(orders, sidecar):
    sidecar.records["order-1"] = (STORED, "1")
    for path in ("/orders/1", "/orders/1/summary", "/echo/x?a=1&a=2", "/openapi.json"):
        get, head = orders.get(path), orders.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-length"] == get.headers["content-length"]


def test_sigterm_lets_a_request_finish(start, sidecar, answered_at_the_end):
    process, orders = start(command, ORDERS)
    sidecar.records["order-1"] = (STORED, "1")
    answer = answered_at_the_end(process, lambda: orders.delete("/orders/1"))
    assert answer.status_code == 204
    process.wait(10)
