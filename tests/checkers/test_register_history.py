from hypothesis import given, settings
from hypothesis import strategies as st

from dapr_conformance.checkers.register_history import NEVER, Operation, linearizable


def write(start, end, version):
    return Operation(start, end, writes=version)


def read(start, end, *versions):
    return Operation(start, end, shows=frozenset(versions))


def test_a_read_shows_the_write_that_ended_before_it():
    assert linearizable([write(0, 1, 1), read(2, 3, 1)], 0)
    assert not linearizable([write(0, 1, 1), read(2, 3, 0)], 0)


def test_a_read_beside_a_write_may_show_either():
    for version in (0, 1):
        assert linearizable([write(0, 5, 1), read(1, 2, version)], 0)


def test_what_one_read_has_shown_no_later_one_takes_back():
    assert not linearizable([write(0, 9, 1), read(1, 2, 1), read(3, 4, 0)], 0)


def test_two_readers_see_two_writes_in_one_order():
    writes = [write(0, 9, 1), write(0, 9, 2)]
    assert linearizable([*writes, read(1, 2, 1), read(3, 4, 2)], 0)
    assert not linearizable([*writes, read(1, 2, 1), read(3, 4, 2), read(5, 6, 1)], 0)


def test_a_lost_update_has_no_order():
    assert not linearizable([write(0, 1, 1), write(2, 3, 2), read(4, 5, 1)], 0)


def test_a_write_that_nobody_knows_the_end_of_may_happen_late_or_never():
    late = write(0, NEVER, 1)
    assert linearizable([late, read(5, 6, 0)], 0)
    assert linearizable([late, read(5, 6, 0), read(7, 8, 1)], 0)
    assert not linearizable([late, read(5, 6, 1), read(7, 8, 0)], 0)


def test_a_read_that_shows_no_version_at_all_has_no_order():
    assert not linearizable([read(0, 1)], 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(0, 20)), max_size=8))
@settings(max_examples=200, deadline=None)
def test_whatever_really_ran_one_after_the_other_is_accepted(rows):
    history, version = [], 0
    for at, (writes, before, after) in enumerate(rows, 1):
        moment, span = at * 10, (at * 10 - before, at * 10 + after)
        assert span[0] <= moment <= span[1]
        version = at if writes else version
        history.append(write(*span, version) if writes else read(*span, version))
    assert linearizable(history, 0)
