from collections import Counter

import pytest

from dapr_conformance.checkers.caused_calls import caused, kind_of, meant_by, names, to_judge
from dapr_conformance.warden.protocol import Exchange

HEADERS = (("Host", "x"),)


def call(method, target, body=b"", headers=HEADERS):
    return Exchange(
        id=1,
        recorder="outbound",
        side="outbound",
        connection=1,
        method=method,
        target=target,
        request_headers=headers,
        request_body=body,
        request_length=len(body),
        status=200,
        response_headers=(),
        response_body=b"",
        response_length=0,
        started_ns=0,
        request_end_ns=0,
        response_start_ns=0,
        ended_ns=0,
        outcome="complete",
    )


READ = call("GET", "/v1.0/state/store/order-c-1")
OTHER_READ = call("GET", "/v1.0/state/store/order-c-2")
SAVE = call("POST", "/v1.0/state/store", b'[{"key": "order-c-1"}]')
POLL = call("GET", "/v1.0/configuration/settings?key=a")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/v1.0/state/store", "state/store"),
        ("/v1.0/state/store/a%2Fb?metadata.x=1", "state/store"),
        ("/v1.0/invoke/shop/method/a/b", "invoke/shop"),
        ("/v1.0-alpha1/publish/bulk/pubsub/topic", "publish/bulk"),
        ("/dapr.proto.runtime.v1.Dapr/PublishEvent", "/dapr.proto.runtime.v1.Dapr/PublishEvent"),
    ],
)
def test_the_kind_of_a_call(target, kind):
    assert kind_of(call("POST", target)) == ("POST", kind)


@pytest.mark.parametrize(
    "target",
    ["/v1.0/healthz", "/v1.0/healthz/outbound", "/v1.0/metadata", "/dapr.proto.runtime.v1.Dapr/GetMetadata", ""],
)
def test_no_call_of_a_building_block(target):
    assert kind_of(call("GET", target)) is None


def test_caused_is_what_every_run_has_and_an_idle_app_has_not():
    runs = [[READ, SAVE, POLL], [READ, READ, POLL, SAVE], [POLL, READ, SAVE]]
    assert caused(runs, [POLL]) == Counter({("GET", "state/store"): 1, ("POST", "state/store"): 1})
    assert caused([[READ], []], []) == caused([], []) == Counter()


def test_a_marker_is_found_as_a_whole():
    assert names(READ, "c-1")
    assert names(SAVE, "c-1")
    assert not names(call("GET", "/v1.0/state/store/order-c-12"), "c-1")
    assert not names(OTHER_READ, "c-1")


def test_calls_to_judge():
    expected = Counter({("GET", "state/store"): 1, ("POST", "state/store"): 1})
    assert to_judge([READ, SAVE], expected, "c-1") == [READ, SAVE]
    assert to_judge([OTHER_READ, SAVE], expected, "c-1") == [OTHER_READ, SAVE]  # unmarked, but one as always
    assert to_judge([READ, OTHER_READ, SAVE], expected, "c-1") == [READ, SAVE]  # one may be a leftover
    assert to_judge([POLL], expected, "c-1") == []


def test_late_work_of_an_earlier_request_is_not_judged():
    trace = "0af7651916cd43dd8448eb211c80319c"
    late = call("GET", "/v1.0/state/store/last", headers=(("traceparent", f"00-{trace}-b7ad6b7169203331-01"),))
    expected = Counter({("GET", "state/store"): 1})
    assert to_judge([late], expected, "c-1", {trace}) == []
    assert to_judge([late, OTHER_READ], expected, "c-1", {trace}) == [OTHER_READ]
    assert to_judge([late], expected, "c-1") == [late]


def test_calls_of_requests_at_once_belong_to_the_marker_that_they_name_alone():
    index = call("POST", "/v1.0/state/store", b'[{"key": "index", "value": ["c-1", "c-2"]}]')
    old = call("POST", "/v1.0/state/store", b'[{"key": "index", "value": ["c-1", "c-0"]}]')
    health = call("GET", "/v1.0/healthz?c-1")
    calls = [READ, OTHER_READ, SAVE, index, old, health]
    assert meant_by(calls, "c-1", ["c-2", "c-0"]) == [READ, SAVE]
    assert meant_by(calls, "c-2", ["c-1", "c-0"]) == [OTHER_READ]
