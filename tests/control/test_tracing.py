"""Traces that the running control app carries on, right and with faults planted."""

import threading

import pytest

from dapr_conformance.control.spec import ControlSpec, EventRoute, PlantedFault, TopicBehaviour

TOPIC = TopicBehaviour("orders", "bus", {"valid": {"id": "{id}"}}, "/orders/{id}", "/events")
SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def spec(*faults):
    routes = (EventRoute("/on", (TOPIC,)),)
    return ControlSpec(
        event_routes=routes, state_component="store", faults=tuple(PlantedFault(name) for name in faults)
    )


def deliver(app, identifier="1", trace=SENT, state="a=1"):
    headers = {"Content-Type": "application/cloudevents+json", "traceparent": trace, "tracestate": state}
    event = {"specversion": "1.0", "id": identifier, "source": "s", "data": {"id": identifier}}
    assert app.json("POST", "/on", event, headers) == (200, {"status": "SUCCESS"})


def traces(dapr):
    return {(headers.get("traceparent"), headers.get("tracestate")) for _, _, headers, _ in dapr.calls}


@pytest.mark.parametrize("variant", [(), ("works_in_pool",), ("looks_on",)])
def test_every_call_carries_the_trace(start, dapr, wait_until, variant):
    deliver(start(spec(*variant)))
    wait_until(lambda: len(dapr.calls) == (3 if variant == ("looks_on",) else 2))
    assert traces(dapr) == {(SENT, "a=1")}


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("drops_trace", {(None, None)}),
        ("loses_tracestate", {(SENT, None)}),
        ("shouts_trace", {(SENT.upper(), "A=1")}),
        ("trace_lost_in_pool", {(None, None)}),
    ],
)
def test_faults(start, dapr, fault, found):
    deliver(start(spec(fault)))
    assert traces(dapr) == found


def test_work_behind_the_answer_that_loses_the_trace(start, dapr, wait_until):
    deliver(start(spec("trace_lost_in_background")))
    wait_until(lambda: len(dapr.calls) == 3)
    assert traces(dapr) == {(SENT, "a=1"), (None, None)}


def test_one_trace_for_all_shows_only_beside_others(start, dapr):
    app = start(spec("one_trace_for_all"))
    deliver(app)
    assert traces(dapr) == {(SENT, "a=1")}
    dapr.calls.clear()
    dapr.delay_s = 0.05
    others = [SENT.replace("0af7", f"{n:04x}") for n in range(1, 9)]
    threads = [threading.Thread(target=deliver, args=(app, f"e{n}", trace)) for n, trace in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [body for _, _, headers, body in dapr.calls if body and _trace_of(body, others) != headers["traceparent"]]
    assert wrong


def _trace_of(body, others):
    return next(trace for n, trace in enumerate(others) if f'"e{n}"'.encode() in body or f"s e{n}".encode() in body)
