import json

import pytest

from dapr_conformance.checkers.writes import block_of, more_effects
from dapr_conformance.warden.protocol import Exchange


def call(method, target, body=b""):
    return Exchange(
        id=1,
        recorder="outbound",
        side="outbound",
        connection=1,
        method=method,
        target=target,
        request_headers=(),
        request_body=body,
        request_length=len(body),
        status=204,
        response_headers=(),
        response_body=b"",
        response_length=0,
        started_ns=0,
        request_end_ns=0,
        response_start_ns=0,
        ended_ns=0,
        outcome="complete",
    )


def save(key, value, **more):
    return call("POST", "/v1.0/state/store", json.dumps([{"key": key, "value": value, **more}]).encode())


@pytest.mark.parametrize(
    ("method", "target", "block"),
    [
        ("POST", "/v1.0/state/store", "state"),
        ("POST", "/v1.0/state/store/", "state"),
        ("PUT", "/v1.0/state/store?metadata.ttlInSeconds=5", "state"),
        ("POST", "/v1.0/state/store/transaction", "state"),
        ("DELETE", "/v1.0/state/store/key%2Fa?concurrency=first-write", "state"),
        ("POST", "/v1.0/state/store/bulk", None),
        ("POST", "/v1.0-alpha1/state/store/query", None),
        ("GET", "/v1.0/state/store/key", None),
        ("POST", "/v1.0/publish/pubsub/a/b", "publish"),
        ("POST", "/v1.0-alpha1/publish/bulk/pubsub/a", "publish"),
        ("PUT", "/v1.0/bindings/queue", "bindings"),
        ("POST", "/v1.0/invoke/other/method/save", None),
        ("GET", "/v1.0/healthz", None),
    ],
)
def test_which_calls_write(method, target, block):
    assert block_of(call(method, target)) == block


def test_the_same_value_again_is_no_further_effect():
    once = [save("a", {"n": 1}, etag="1")]
    assert more_effects(once, [*once, save("a", {"n": 1}, etag="2")]) == ""


def test_another_value_again_is_one():
    assert "1 more value" in more_effects([save("a", 1)], [save("b", 1), save("b", 2)])


def test_one_more_event_is_one():
    published = call("POST", "/v1.0/publish/pubsub/done")
    assert more_effects([published], [published, published]) == "/v1.0/publish/pubsub/done: 1 more"
    assert more_effects([published], [published]) == ""


def test_values_saved_in_a_transaction_count():
    body = {"operations": [{"operation": "upsert", "request": {"key": "a", "value": 1}}, {"operation": "delete"}]}
    transaction = call("POST", "/v1.0/state/store/transaction", json.dumps(body).encode())
    assert more_effects([], [transaction])
    assert more_effects([save("a", 1)], [transaction]) == ""


def test_bodies_that_are_no_json_are_no_values():
    assert more_effects([], [call("POST", "/v1.0/state/store", b"\xff"), call("POST", "/v1.0/state/store")]) == ""
