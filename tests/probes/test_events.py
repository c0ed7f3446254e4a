import threading
from types import SimpleNamespace

import pytest

from dapr_conformance.probes import events
from dapr_conformance.target.model import Effect, Subscription, Topic

ROUTE = events.EventRoute(
    "/events/orders",
    Subscription("pubsub", "orders", ("/events/orders",)),
    Topic("orders", valid={"id": "{id}"}, effect=Effect("/orders/{id}", "/events"), declared=frozenset({"valid"})),
)


def check():
    numbers = iter(range(100))
    return SimpleNamespace(target=SimpleNamespace(app_id="shop"), fresh=lambda prefix="dc": f"{prefix}-{next(numbers)}")


def test_an_envelope_is_a_cloud_event_of_the_topic_with_an_id_of_its_own():
    one, other = (events.envelope(check_, ROUTE, {"a": 1}) for check_ in [check()] * 2)
    assert one["id"] != other["id"]
    assert (one["specversion"], one["source"], one["topic"], one["pubsubname"]) == ("1.0", "shop", "orders", "pubsub")
    assert (one["data"], one["datacontenttype"], one["type"]) == ({"a": 1}, "application/json", "com.dapr.event.sent")
    assert one["time"].endswith("Z")


def test_attributes_are_added_replaced_and_left_out():
    made = events.envelope(check(), ROUTE, None, without=["time"], id="mine", tenant="a")
    assert (made["id"], made["tenant"], made["data"]) == ("mine", "a", None)
    assert "time" not in made


def test_an_event_has_data_or_data_base64():
    assert "data" not in events.envelope(check(), ROUTE, {"a": 1}, data_base64="AA==")


def test_a_sample_has_its_identifier():
    assert events.sample(ROUTE, "valid", "7") == {"id": "7"}


def test_declares():
    assert ROUTE.declares("valid")
    assert not ROUTE.declares("valid", "effect")
    assert not events.EventRoute("/x", ROUTE.subscription).declares("valid")


@pytest.mark.parametrize(
    ("document", "pointer", "count"),
    [
        ({"n": 3}, "/n", 3),
        ({"events": [1, 2]}, "/events", 2),
        ({"events": []}, "/events", 0),
        ({"done": True}, "/done", 1),
        ({"done": False}, "/done", 0),
        ({"a": {"b": "text"}}, "/a/b", 1),
        ({"a": {}}, "/a", 1),
        ({"a": [{"n": 2}]}, "/a/0/n", 2),
        ({"a/b": {"~": 1}}, "/a~1b/~0", 1),
        ({}, "/missing/deeper", 0),
        ([1, 2], "/5", 0),
        (None, "", 0),
        ([1, 2], "", 2),
    ],
)
def test_what_an_effect_counts(document, pointer, count):
    assert events.counted(document, pointer) == count


def test_calls_at_once_are_under_way_together_and_keep_their_order():
    together = threading.Barrier(4, timeout=10)

    def call(number):
        together.wait()
        return number

    assert events.at_once([lambda n=n: call(n) for n in range(4)]) == [0, 1, 2, 3]
