"""Deliveries to the running control app, right and with faults planted."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from dapr_conformance.control.spec import (
    ControlSpec,
    EntityRoutes,
    EventRoute,
    OutgoingCall,
    PlantedFault,
    RequestTemplate,
    TopicBehaviour,
)

EXAMPLES = {
    "valid": {"order": "{id}", "amount": 1},
    "invalid": {"order": "{id}", "amount": "much"},
    "failing": {"order": "{id}", "amount": -1},
}
ENTITY = EntityRoutes("store", RequestTemplate("PUT", "/orders/{id}"), RequestTemplate("GET", "/orders/{id}"))
DECLARED = TopicBehaviour("orders", "bus", EXAMPLES, "/orders/{id}", "/payments")
CALLS = (
    OutgoingCall("state", "store", "POST", "/v1.0/state/store", b"[]"),
    OutgoingCall("publish", "bus", "POST", "/v1.0/publish/bus/paid", b"{}"),
)
VALID = {"order": "7", "amount": 5}


def spec(*faults, topic=DECLARED, calls=(), **arguments):
    routes = (
        EventRoute("/on-order", (topic,), calls=calls),
        EventRoute("/dead", (TopicBehaviour("dead", "bus"),), dead_letter=True),
    )
    planted = tuple(PlantedFault(name, arguments) for name in faults)
    return ControlSpec(event_routes=routes, entity=ENTITY, state_component="store", faults=planted)


def payments(app):
    status, _, body = app.call("GET", "/orders/7")
    return len(json.loads(body)["payments"]) if status == 200 else 0


@pytest.mark.parametrize(
    "variant", ["", "answers_204", "empty_success", "spaced_json", "chunked_answers", "slow_50_ms"]
)
def test_a_good_event_has_its_effect_once(start, variant):
    app = start(spec(*[variant] if variant else []))
    for _ in range(3):
        assert app.deliver("/on-order", VALID)[1] in ({"status": "SUCCESS"}, None)
    assert payments(app) == 1
    app.deliver("/on-order", VALID, id="e2")
    assert payments(app) == 2


def test_repeats_at_once_and_many_events_for_one_record_lose_nothing(start):
    app = start(spec())
    with ThreadPoolExecutor(16) as pool:
        ids = [f"e{n % 16}" for n in range(32)]
        answers = list(pool.map(lambda name: app.deliver("/on-order", VALID, id=name), ids))
    assert {json.dumps(answer) for _, answer in answers} == {'{"status": "SUCCESS"}'}
    assert payments(app) == 16


def test_a_handled_event_is_known_after_a_restart(start, dapr):
    first = start(spec(calls=CALLS))
    first.deliver("/on-order", VALID)
    first.process.kill()
    first.process.wait()
    app = start(spec(calls=CALLS))
    app.deliver("/on-order", VALID)
    assert payments(app) == 1
    assert dapr.paths("POST").count("/v1.0/publish/bus/paid") == 1


@pytest.mark.parametrize("data", [{"order": "7", "amount": "much"}, {}, [], "", None, 5, "text", {"amount": 1}])
def test_what_can_never_be_handled_is_dropped(start, data):
    app = start(spec())
    assert app.deliver("/on-order", data) == (200, {"status": "DROP"})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\x00", b"[]", b"null", b"[" * 100_000])
def test_undecodable_bytes_are_dropped(start, body):
    app = start(spec())
    assert app.json("POST", "/on-order", body)[1] == {"status": "DROP"}


def test_a_failing_event_is_retried_and_leaves_nothing(start):
    app = start(spec())
    assert app.deliver("/on-order", {"order": "7", "amount": -1})[1] == {"status": "RETRY"}
    assert payments(app) == 0


@pytest.mark.parametrize("broken", ["/v1.0/state/store", "/v1.0/publish/bus/paid"])
def test_no_effect_no_success(start, dapr, broken):
    app = start(spec(calls=CALLS))
    dapr.fails = lambda method, path, _body: method == "POST" and path == broken
    assert app.deliver("/on-order", VALID)[1] == {"status": "RETRY"}
    dapr.fails = lambda _method, _path, _body: False
    assert app.deliver("/on-order", VALID)[1] == {"status": "SUCCESS"}
    assert payments(app) == 1


def test_recorded_calls_are_made_once_with_own_keys(start, dapr):
    app = start(spec(topic=TopicBehaviour("orders", "bus"), calls=CALLS))
    for _ in range(2):
        assert app.deliver("/on-order", {"any": 1})[1] == {"status": "SUCCESS"}
    assert sum(key.startswith("effect-0-") for key in dapr.items) == 1
    assert dapr.paths("POST").count("/v1.0/publish/bus/paid") == 1


def test_the_trace_of_a_delivery_goes_on(start, dapr):
    app = start(spec())
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    event = {"specversion": "1.0", "id": "e", "source": "s", "topic": "orders", "data": VALID}
    app.call("POST", "/on-order", event, {"traceparent": trace})
    assert {headers.get("traceparent") for _, _, headers, _ in dapr.calls} == {trace}


def test_a_number_at_the_pointer_counts_itself(start):
    app = start(spec(topic=TopicBehaviour("orders", "bus", EXAMPLES, "/orders/{id}", "/paid/times")))
    app.call("PUT", "/orders/7", {"paid": {"times": 3, "who": "x"}})
    app.deliver("/on-order", VALID)
    assert app.json("GET", "/orders/7")[1] == {"paid": {"times": 4, "who": "x"}}


def test_an_effect_may_have_a_route_of_its_own(start):
    app = start(spec(topic=TopicBehaviour("orders", "bus", EXAMPLES, "/payments/{id}", "")))
    assert app.call("GET", "/payments/7")[0] == 404
    app.deliver("/on-order", VALID)
    assert len(app.json("GET", "/payments/7")[1]) == 1
    assert app.call("GET", "/orders/7")[0] == 404


def test_base64_data_and_bulk_deliveries_are_understood(start):
    app = start(spec())
    encoded = "eyJvcmRlciI6ICI3IiwgImFtb3VudCI6IDF9"
    event = {"specversion": "1.0", "id": "b", "source": "s", "topic": "orders", "data_base64": encoded}
    entries = [{"entryId": "1", "event": event}, {"entryId": "2", "event": {}}, {"entryId": "3", "event": encoded}]
    status, answer = app.json("POST", "/on-order", {"type": "com.dapr.event.sent.bulk", "entries": entries})
    assert status == 200
    assert [row["status"] for row in answer["statuses"]] == ["SUCCESS", "DROP", "SUCCESS"]
    assert payments(app) == 2


def test_a_dead_letter_keeps_its_original_topic_and_is_accepted(start):
    assert start(spec()).deliver("/dead", {"order": "7", "amount": "much"})[1] == {"status": "SUCCESS"}


@pytest.mark.parametrize(
    ("fault", "data", "answer"),
    [
        ("unknown_status_word", VALID, (200, {"status": "ok"})),
        ("retry_on_invalid", {}, (200, {"status": "RETRY"})),
        ("error_on_invalid", {}, (500, None)),
        ("ack_invalid_lost", {}, (200, {"status": "SUCCESS"})),
        ("ack_on_failure", {"order": "7", "amount": -1}, (200, {"status": "SUCCESS"})),
        ("drop_on_failure", {"order": "7", "amount": -1}, (200, {"status": "DROP"})),
        ("not_found_on_failure", {"order": "7", "amount": -1}, (404, None)),
        ("redirect", VALID, (307, None)),
        ("error_after_effect", VALID, (500, None)),
    ],
)
def test_a_wrong_answer_is_given(start, fault, data, answer):
    assert start(spec(fault)).deliver("/on-order", data) == answer


@pytest.mark.parametrize("fault", ["swallow_failed_save", "ack_before_save"])
def test_success_without_effect(start, dapr, fault):
    app = start(spec(fault))
    dapr.fails = lambda method, _path, _body: method == "POST"
    assert app.deliver("/on-order", VALID)[1] == {"status": "SUCCESS"}


def test_a_fault_can_strike_beyond_ascii_only(start, dapr):
    app = start(spec("ack_on_failure", "redirect", only="non_ascii"))
    dapr.fails = lambda method, _path, _body: method == "POST"
    assert app.deliver("/on-order", VALID)[1] == {"status": "RETRY"}


def test_repeats_have_their_effect_again(start):
    app = start(spec("not_idempotent"))
    for _ in range(2):
        app.deliver("/on-order", VALID)
    assert payments(app) == 2


def test_repeats_at_once_have_their_effect_again(start, dapr):
    app = start(spec("racy_idempotency"))
    dapr.delay_s = 0.1
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: app.deliver("/on-order", VALID), range(2)))
    app.deliver("/on-order", VALID)
    assert payments(app) == 2


def test_a_poison_event_ends_the_process(start):
    app = start(spec("crash_on_poison"))
    with pytest.raises(OSError, match=r"closed|reset"):
        app.deliver("/on-order", {})
    assert app.process.wait(5) == 3


def test_a_parked_event_is_kept_whole(start, dapr):
    app = start(spec("parks_poison"))
    assert app.deliver("/on-order", {}, id="poison-1")[1] == {"status": "SUCCESS"}
    assert any(b"poison-1" in value for value, _ in dapr.items.values())
    dapr.fails = lambda method, _path, _body: method == "POST"
    assert app.deliver("/on-order", {}, id="poison-2")[1] == {"status": "RETRY"}


@pytest.mark.parametrize(
    ("fault", "answer"),
    [("dead_letter_rejects_envelope", (500, None)), ("dead_letter_status_word", (200, {"status": "ok"}))],
)
def test_a_dead_letter_is_refused(start, fault, answer):
    app = start(spec(fault))
    assert app.deliver("/dead", VALID) == answer


def test_what_is_under_way_at_sigterm_is_finished(start, dapr, wait_until):
    app = start(spec())
    dapr.delay_s = 0.3
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(app.deliver, "/on-order", VALID)
        wait_until(lambda: dapr.paths("POST"))
        app.process.terminate()
        assert answer.result()[1] == {"status": "SUCCESS"}
    assert app.process.wait(5) == 0
