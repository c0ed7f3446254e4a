"""The wire exchanges, log lines and rungs of the sample run."""

from __future__ import annotations

from typing import Any

SECRET = "k3y-Of/the+orders?db"
TRACE = "00-8f0c6d5b1f4ea9d3c7b0a5e4d2f19683-1b7a3c5d9e0f2468-01"
EXAMPLE = 'order = {"id": "a", "amount": 0}\nfault = fail(method="POST", path="/v1.0/state/statestore", status=500)'


def _message(headers: dict[str, str], body: str, **first: Any) -> dict[str, Any]:
    return {**first, "headers": [list(pair) for pair in headers.items()], "body": body, "length": len(body)}


def _exchange(side: str, started_ms: float, request: dict[str, Any], response: dict[str, Any], note: str = "") -> Any:
    times = {"started_ms": 91_000_000 + started_ms, "duration_ms": 0.6 if side == "outbound" else 9.7}
    return {"request": request, "response": response, **times, "side": side, "note": note}


_JSON = {"content-type": "application/json"}
_ORDER = '{"id":"a","amount":0}'
INCOMING = _exchange(
    "inbound",
    0,
    _message({**_JSON, "traceparent": TRACE}, _ORDER, method="POST", target="/orders"),
    _message({**_JSON, "content-length": "21", "server": "uvicorn"}, _ORDER, status=201),
)
_SAVED = '[{"key":"order-a","value":{"id":"a","amount":0},"metadata":{"by":"' + SECRET + '"}}]'
_WRITE_HEADERS = {**_JSON, "dapr-api-token": "0f9d7c1e", "traceparent": TRACE}
WRITE = _exchange(
    "outbound",
    4.1,
    _message(_WRITE_HEADERS, _SAVED, method="POST", target="/v1.0/state/statestore"),
    _message(_JSON, '{"errorCode":"ERR_STATE_SAVE","message":"failed by dapr-conformance"}', status=500),
    "answered by the recorder in the sidecar's place",
)

RUNGS_APP = [
    {"rung": "R0", "changed": "nothing: the app and its files", "verdict": "failed", "detail": "3 of 3"},
    {"rung": "R1", "changed": "the control app in the app's place", "verdict": "passed", "detail": "answered 503"},
]

APP_LOG = [
    f'{{"level":"{level}","msg":"{text}","trace_id":"8f0c6d5b1f4ea9d3c7b0a5e4d2f19683"}}'
    for level, text in (("info", "POST /orders"), ("warning", "state save: 500"), ("info", "201 Created"))
]

DAPRD_LOG = [
    'time="2026-11-21T11:17:04.03Z" level=info msg="Component loaded: statestore (state.sqlite/v1)" app_id=orders',
    'time="2026-11-21T11:17:09.41Z" level=info msg="HTTP API Called" app_id=orders method="POST /orders" code=201',
]

_EVENT = (
    '{"data":null,"datacontenttype":"application/json","id":"5f2c-77","pubsubname":"pubsub",'
    '"source":"orders","specversion":"1.0","topic":"orders","type":"com.dapr.event.sent"}'
)
_DELIVERY_HEADERS = {"content-type": "application/cloudevents+json", "traceparent": TRACE}
DELIVERY = _exchange(
    "inbound",
    31.5,
    _message(_DELIVERY_HEADERS, _EVENT, method="POST", target="/events/orders"),
    _message({"content-type": "text/plain"}, "no order", status=500),
    "attempt 4 of 4",
)

RUNGS_CONFIG = [
    {"rung": "R1", "changed": "the control app in the app's place", "verdict": "failed", "detail": "same finding"},
    {"rung": "R2", "changed": "also default Subscription and Resiliency", "verdict": "passed", "detail": "1 of 1"},
]

DEAD_LOG = [
    'time="2026-11-21T11:17:12.30Z" level=warning msg="Too many failed attempts at processing the message"',
]
