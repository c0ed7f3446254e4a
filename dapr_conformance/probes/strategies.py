"""Generated inputs: cheap to draw, with the nasty leaves that real systems stumble over.

Every value is plain JSON, so that a failing example can be written to a file and run again.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

NASTY_TEXT = (
    "",
    " ",
    "0",
    "null",
    "true",
    "ä",
    "e\u0301",
    "日本語",
    "🦊",
    "\u202eabc",
    "a\nb",
    "tab\t",
    "quote\"'",
    "back\\slash",
    "<script>&amp;",
    "%2F",
    "a+b",
    "$HOME",
    "{id}",
    "x" * 300,
)
NASTY_NUMBERS = (0, -1, 1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 0.1, 1e300, -1.5e-7)
AWKWARD_KEYS = (
    "a b",
    "a/b",
    "a//b",
    "a%2Fb",
    "a+b",
    "a?b=c",
    "a#b",
    "a&b",
    "ä",
    "日本語",
    "🦊",
    "a\nb",
    "a|b",
    "a'b",
    'a"b',
    "a\\b",
    "k" * 300,
)


def texts() -> SearchStrategy[str]:
    """Give texts of any Unicode but lone surrogates, often nasty ones."""
    return st.one_of(st.sampled_from(NASTY_TEXT), st.text(max_size=20))


def scalars() -> SearchStrategy[Any]:
    """Give JSON scalars."""
    numbers = st.one_of(st.sampled_from(NASTY_NUMBERS), st.integers(-1000, 1000))
    return st.one_of(st.none(), st.booleans(), numbers, texts())


def json_values() -> SearchStrategy[Any]:
    """Give JSON values: scalars, and flat lists and objects of them."""
    lists = st.lists(scalars(), max_size=4)
    objects = st.dictionaries(texts(), st.one_of(scalars(), lists), max_size=4)
    return st.one_of(scalars(), lists, objects)


def state_key_suffixes() -> SearchStrategy[str]:
    """Give ends of state keys that Dapr's HTTP API can carry (`||` is refused; `.` alone cannot be read back)."""
    plain = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|"), min_size=1, max_size=12)
    return st.one_of(st.sampled_from(AWKWARD_KEYS), plain)


def binaries() -> SearchStrategy[str]:
    """Give bytes in base64: JSON, any bytes, none."""
    raw = st.one_of(
        st.sampled_from([b"", b"\x00", b"\xff\xfe", bytes(range(256)), b"a\r\nb", b"0" * 5000]),
        st.binary(max_size=40),
        json_values().map(lambda value: json.dumps(value).encode()),
    )
    return raw.map(lambda data: base64.b64encode(data).decode())
