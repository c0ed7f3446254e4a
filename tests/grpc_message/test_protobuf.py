import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapr_conformance.grpc_message.protobuf import ProtobufError, decode, encode

VALUES = st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300))


@given(st.dictionaries(st.integers(1, 2**20), st.lists(VALUES, min_size=1, max_size=3), max_size=4))
def test_what_is_encoded_is_decoded(fields):
    assert decode(encode(fields)) == fields


def test_a_known_message_has_the_documented_bytes():
    assert encode({1: 150}) == b"\x08\x96\x01"
    assert encode({2: "testing"}) == b"\x12\x07testing"
    assert encode({3: {1: 150}}) == b"\x1a\x03\x08\x96\x01"


def test_fixed_numbers_are_read():
    assert decode(b"\x0d\x01\x00\x00\x00\x11\x02\x00\x00\x00\x00\x00\x00\x00") == {1: [1], 2: [2]}


@pytest.mark.parametrize("broken", [b"\x08", b"\x0a\x05ab", b"\x0d\x01", b"\x0b", b"\xff" * 12])
def test_what_is_no_message_is_refused(broken):
    with pytest.raises(ProtobufError):
        decode(broken)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data):
    with contextlib.suppress(ProtobufError):
        decode(data)
