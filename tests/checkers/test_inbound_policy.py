import pytest

from dapr_conformance.checkers.inbound_policy import InboundPolicy, inbound_policy, seconds


def document(policies, inbound=None):
    components = {} if inbound is None else {"components": {"pubsub": {"inbound": inbound}}}
    return {"spec": {"policies": policies, "targets": components}}


RETRIES = {"retries": {"often": {"policy": "constant", "duration": "1s", "maxRetries": 5}, "endless": {}}}


def test_without_resiliency_there_is_one_attempt():
    assert inbound_policy([], "pubsub") == InboundPolicy(max_retries=0)
    assert inbound_policy([{"spec": None}], "pubsub").max_retries == 0


def test_the_named_policies_hold():
    policies = {**RETRIES, "timeouts": {"short": "500ms"}, "circuitBreakers": {"cb": {"maxRequests": 1}}}
    found = inbound_policy(
        [document(policies, {"retry": "often", "timeout": "short", "circuitBreaker": "cb"})], "pubsub"
    )
    assert (found.max_retries, found.timeout_s, found.circuit_breaker) == (5, 0.5, True)


def test_a_policy_without_limit_has_no_end():
    assert inbound_policy([document(RETRIES, {"retry": "endless"})], "pubsub").max_retries is None


def test_another_component_and_an_unknown_name_have_no_policy():
    assert inbound_policy([document(RETRIES, {"retry": "often"})], "other").max_retries == 0
    assert inbound_policy([document(RETRIES, {"retry": "nowhere"})], "pubsub").max_retries == 0


def test_outbound_policies_are_no_inbound_ones():
    assert inbound_policy([document(RETRIES, None)], "pubsub").max_retries == 0


@pytest.mark.parametrize("name", ["DefaultPubsubComponentInboundRetryPolicy", "DefaultRetryPolicy"])
def test_default_policies_hold_where_none_is_named(name):
    policies = {"retries": {name: {"maxRetries": 2}, "often": {"maxRetries": 5}}}
    assert inbound_policy([document(policies)], "pubsub").max_retries == 2
    assert inbound_policy([document(policies, {"retry": "often"})], "pubsub").max_retries == 5


def test_a_policy_of_one_document_serves_the_target_of_another():
    assert inbound_policy([document(RETRIES), document({}, {"retry": "often"})], "pubsub").max_retries == 5


def test_matching_statuses_are_ranges():
    policies = {"retries": {"r": {"maxRetries": 1, "matching": {"httpStatusCodes": "429, 500-502"}}}}
    found = inbound_policy([document(policies, {"retry": "r"})], "pubsub")
    assert found.status_codes == ((429, 429), (500, 502))
    assert [found.retries(status) for status in (429, 501, 503, None)] == [True, True, False, True]


@pytest.mark.parametrize(
    ("text", "expected"), [("15s", 15), ("500ms", 0.5), ("1m30s", 90), ("1.5h", 5400), ("5", None), ("1s x", None)]
)
def test_durations(text, expected):
    assert seconds(text) == expected
