import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapr_conformance.target.model import Subscription
from dapr_conformance.target.wire_subscriptions import parse

ENTRY = '{"pubsubname":"p","topic":"t","route":"/r"}'
ONE = (Subscription("p", "t", ("/r",)),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('[{"pub\u017fubname":"p","topic":"t","route":"/r"}]', ONE),
        (f"[{ENTRY}]", ONE),
        (f"  \r\n\t[{ENTRY}]\n", ONE),
        (f"[{ENTRY}] and then some", ONE),
        (f"[{ENTRY}][]", ONE),
        ('[{"PubSubName":"p","TOPIC":"t","Route":"/r"}]', ONE),
        ('[{"pubsubname":"x","PUBSUBNAME":"p","topic":"t","route":"/r"}]', ONE),
        ('[{"pubsubname":"p","topic":"t","route":"/r","routes":null,"metadata":null,"unknown":{"a":[1]}}]', ONE),
        ('[{"pubsubname":"p","topic":"t","route":"/x","routes":{"default":"/r"}}]', ONE),
        ('[{"pubsubname":"p","topic":"t","route":"/r","routes":{"default":""}}]', ONE),
        ('[{"pubsubname":"p","topic":"t","route":"/r","deadLetterTopic":"","bulkSubscribe":{}}]', ONE),
        ("[]", ()),
        ("null", ()),
        ("", ()),
        ("   ", ()),
    ],
)
def test_what_daprd_subscribes_to(body, expected):
    answer = parse(body.encode())
    assert (answer.subscriptions, answer.problems) == (expected, ())


def test_every_field():
    entry = {
        "pubsubname": "p",
        "topic": "t",
        "deadletterTopic": "dead",
        "metadata": {"rawPayload": "true", "empty": None},
        "routes": {"rules": [{"match": 'event.type == "a"', "path": "/a"}, {"path": "/b"}], "default": "/c"},
        "bulkSubscribe": {"enabled": True, "maxMessagesCount": 10, "maxAwaitDurationMs": 100},
    }
    (found,) = parse(json.dumps([entry]).encode()).subscriptions
    assert found == Subscription(
        "p", "t", ("/a", "/b", "/c"), "dead", bulk=True, metadata={"rawPayload": "true", "empty": ""}
    )


def test_entries_without_a_route_are_dropped_alone():
    answer = parse(f'[{{"pubsubname":"p","topic":"lost"}},null,{ENTRY}]'.encode())
    assert answer.subscriptions == ONE
    assert answer.problems == (
        "daprd drops entry 1 (topic 'lost'): it has no route",
        "daprd drops entry 2 (topic ''): it has no route",
    )


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('{"pubsubname":5,"topic":"t","route":"/r"}', "`pubsubname` of entry 2 must be a string, not the number 5"),
        ('{"Topic":["t"]}', "`Topic` of entry 2 must be a string, not an array"),
        ('{"route":{"path":"/r"}}', "`route` of entry 2 must be a string, not an object"),
        ('{"routes":["/r"]}', "`routes` of entry 2 must be an object, not an array"),
        ('{"routes":{"rules":{"path":"/r"}}}', "`rules` of `routes` of entry 2 must be an array, not an object"),
        ('{"routes":{"rules":[null]}}', "a rule in `rules` of `routes` of entry 2 is null, on which daprd crashes"),
        ('{"routes":{"rules":[{"path":1}]}}', "must be a string, not the number 1"),
        ('{"metadata":{"rawPayload":true}}', "'rawPayload' in `metadata` of entry 2 must be a string, not a boolean"),
        ('{"bulkSubscribe":{"enabled":"true"}}', "must be a boolean, not a string"),
        ('{"bulkSubscribe":{"maxMessagesCount":1.5}}', "must be a 32-bit whole number, not the number 1.5"),
        ('{"bulkSubscribe":{"maxMessagesCount":3000000000}}', "32-bit whole number"),
        ('"t"', "entry 2 must be an object, not a string"),
        ("[]", "entry 2 must be an object, not an array"),
    ],
)
def test_one_value_of_a_wrong_type_loses_every_subscription(entry, reason):
    answer = parse(f"[{ENTRY},{entry}]".encode())
    assert answer.subscriptions == ()
    assert len(answer.problems) == 1
    assert "subscribes to nothing" in answer.problems[0]
    assert reason in answer.problems[0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Not found</html>", "not JSON: Expecting value at line 1, column 1"),
        (b"{}", "the answer must be an array, not an object"),
        (b'"[]"', "the answer must be an array, not a string"),
        (b"[{]", "not JSON"),
        (b"[NaN]", "not JSON: NaN"),
        (b"\xef\xbb\xbf[]", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "it nests too deeply"),
        (b"[" + b"9" * 5000 + b"]", "subscribes to nothing"),
        (ENTRY.encode(), "the answer must be an array, not an object"),
    ],
)
def test_an_answer_that_is_no_list_of_subscriptions(body, reason):
    answer = parse(body)
    assert answer.subscriptions == ()
    assert reason in answer.problems[0]


def test_bytes_that_are_not_utf_8_become_replacement_characters():
    (found,) = parse(b'[{"pubsubname":"p","topic":"\xff","route":"/r"}]').subscriptions
    assert found.topic == "\ufffd"


NAMES = st.sampled_from(
    ["topic", "Route", "routes", "rules", "default", "path", "metadata", "bulkSubscribe", "enabled"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
)


@settings(deadline=None, max_examples=60, database=None)
@given(st.binary(max_size=20) | st.lists(VALUES, max_size=3).map(lambda value: json.dumps(value).encode()))
def test_no_answer_raises(body):
    answer = parse(body)
    assert all(one.routes for one in answer.subscriptions)
