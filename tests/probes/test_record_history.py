from types import SimpleNamespace

from dapr_conformance.checkers.register_history import NEVER, linearizable
from dapr_conformance.probes.record_history import NOTHING, Step, operations

FIRST, SECOND = {"amount": 1}, {"amount": 2}


def call(started, ended, status, body=b""):
    return SimpleNamespace(started_ns=started, ended_ns=ended, status=status, response_body=body)


def saved(body, started, ended, status=200):
    return Step(body, call(started, ended, status))


def read(text, started, ended, status=200):
    return Step(None, call(started, ended, status, text.encode()))


def test_a_read_of_what_was_overwritten_has_no_order():
    good = operations([saved(SECOND, 0, 1), read('{"amount": 2}', 2, 3)], FIRST)
    lost = operations([saved(SECOND, 0, 1), read('{"amount": 1}', 2, 3)], FIRST)
    assert linearizable(good, 0)
    assert not linearizable(lost, 0)


def test_a_save_without_success_may_have_happened_or_not():
    (write,) = operations([saved(SECOND, 0, 1, status=503)], FIRST)
    assert write.ended_ns == NEVER
    for amount in (1, 2):
        steps = [saved(SECOND, 0, 1, status=409), read(f'{{"amount": {amount}}}', 2, 3)]
        assert linearizable(operations(steps, FIRST), 0)


def test_a_record_that_is_gone_or_garbage_has_no_order():
    (gone,) = operations([read("", 0, 1, status=404)], FIRST)
    assert gone.shows == {NOTHING}
    assert not linearizable(operations([read("<html>", 0, 1)], FIRST), 0)


def test_a_read_that_failed_tells_nothing():
    assert operations([read("", 0, 1, status=500)], FIRST) == []
