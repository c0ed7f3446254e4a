from hypothesis import given
from hypothesis import strategies as st

from dapr_conformance.probes.bulk import MOST, drawn, picked, picks

NAMES = [str(number) for number in range(3 * MOST)]


@given(picks(), st.integers(1, MOST))
def test_sizes_gaps_and_repeats_are_those_of_the_case(case, stored):
    names = picked(case, NAMES, stored)
    different = set(names)
    assert len(different) == case["size"]
    assert len(names) - len(different) == min(case["size"], case["twice"])
    missing = sum(name not in NAMES[:stored] for name in different)
    assert missing == max(min(case["size"], case["missing"]), case["size"] - stored)
    assert picked(case, NAMES, stored) == names


def test_as_many_bodies_as_are_wanted_are_drawn():
    assert len(drawn(st.just({}), 7, 1)) == 7
    assert len(set(drawn(st.integers(), 30, 1))) > 10
