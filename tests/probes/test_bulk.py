from hypothesis import given

from dapr_conformance.probes.bulk import SIZES, STORED, picked, picks


@given(picks())
def test_sizes_gaps_and_repeats_are_those_of_the_case(case):
    numbers = picked(case)
    different = set(numbers)
    assert len(different) == case["size"]
    assert len(numbers) - len(different) == min(case["size"], case["twice"])
    assert sum(number >= STORED for number in different) == min(case["size"], case["missing"])
    assert picked(case) == numbers


def test_the_largest_size_is_stored():
    assert max(SIZES) == STORED
