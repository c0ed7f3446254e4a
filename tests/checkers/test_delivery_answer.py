import json

import pytest

from dapr_conformance.checkers.delivery_answer import DROP, RETRY, SUCCESS, attempts, meaning, taken_for_success
from dapr_conformance.checkers.inbound_policy import InboundPolicy

THREE = InboundPolicy(max_retries=3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"{}",
        b"null",
        b"[]",
        b'"DROP"',
        b'{"status":""}',
        b'{"status":null}',
        b'{"status":5}',
        b'{"status":["DROP"]}',
        b'{"status":"DROP","status":5}',
        b'{"status":NaN}',
        b'{"status":"SUCCESS"}',
        b'\xff{"status":"DROP"}',
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success(status, body):
    assert meaning(status, body).kind == SUCCESS
    assert not meaning(status, body).astray


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"DROP"}',
        b' {"more":[1],"status":"DROP"}\n',
        b'{"Status":"DROP"}',
        b'{"status":"SUCCESS","STATUS":"DROP"}',
        b'{"status":"DROP","status":null}',
        b'{"status":"DR\\u004fP"}',
        b'{"status":"DROP"} and more',
    ],
)
def test_drop(body):
    assert meaning(200, body).kind == DROP
    assert not meaning(200, body).not_found


@pytest.mark.parametrize("status", [400, 401, 409, 422, 429, 500, 503, 100])
def test_errors_ask_for_a_repeat_whatever_they_say(status):
    for body in (b"", b'{"status":"SUCCESS"}', b'{"status":"DROP"}', b'{"status":"ok"}'):
        assert (meaning(status, body).kind, meaning(status, body).astray) == (RETRY, "")


def test_no_answer_asks_for_a_repeat():
    assert meaning(None).kind == RETRY


def test_not_found_drops():
    assert (meaning(404, b'{"status":"RETRY"}').kind, meaning(404).not_found) == (DROP, True)


@pytest.mark.parametrize("word", ["drop", "Success", "retry", "ok", " DROP", "DROPPED"])
def test_a_word_that_daprd_does_not_know_asks_for_a_repeat_and_is_named(word):
    found = meaning(200, json.dumps({"status": word}).encode())
    assert found.kind == RETRY
    assert repr(word) in found.astray


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_asks_for_a_repeat_and_is_named(status):
    assert (meaning(status).kind, meaning(status).astray) == (RETRY, f"the redirect {status}")


def test_the_number_of_attempts_follows_answers_and_policy():
    failing, good, drop = (500, b""), (200, b""), (200, b'{"status":"DROP"}')
    assert attempts([good], THREE) == 1
    assert attempts([failing], InboundPolicy()) == 1
    assert attempts([failing], THREE) == 4
    assert attempts([failing, failing, good], THREE) == 3
    assert attempts([failing, drop, failing], THREE) == 2
    assert attempts([(404, b"")], THREE) == 1
    assert attempts([(None, b""), good], THREE) == 2
    assert attempts([failing, good], InboundPolicy(max_retries=None)) == 2


def test_statuses_that_the_policy_does_not_match_are_not_repeated():
    policy = InboundPolicy(max_retries=3, status_codes=((500, 502), (429, 429)))
    assert [attempts([(status, b"")], policy) for status in (500, 502, 429, 503, 400)] == [4, 4, 4, 1, 1]
    assert attempts([(200, b'{"status":"RETRY"}')], policy) == 4
    assert attempts([(None, b"")], policy) == 4


def test_only_an_attempt_without_an_answer_may_be_taken_for_success():
    closed, failed = (None, b""), (500, b"")
    assert taken_for_success([failed, closed], 2)
    assert taken_for_success([failed, closed], 3)
    assert not taken_for_success([failed, closed], 1)
    assert not taken_for_success([closed, failed], 2)
    assert not taken_for_success([closed], 0)


def test_a_broker_hands_over_again_what_was_not_delivered():
    failing, good, drop = (500, b""), (200, b""), (200, b'{"status":"DROP"}')
    assert attempts([failing], THREE, rounds=10) == 40
    assert attempts([failing], InboundPolicy(), rounds=10) == 10
    assert attempts([failing] * 5 + [good], THREE, rounds=10) == 6
    assert attempts([failing] * 4 + [drop, failing], THREE, rounds=10) == 5
    assert attempts([good, failing], THREE, rounds=10) == 1
