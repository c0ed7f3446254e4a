"""The text of a manifest: proposals as lines, all else as comments that make a manifest when they are taken in."""

import re

import pytest

from dapr_conformance.init.page import page
from dapr_conformance.init.proposal import Proposal
from dapr_conformance.target.manifest import read
from dapr_conformance.target.manifest_keys import undeclared

ENTITY = [
    Proposal(("state", "entity", "save"), {"method": "PUT", "path": "/o/{id}"}, "from here"),
    Proposal(("state", "entity", "get"), {"method": "GET", "path": "/o/{id}"}, "from here"),
]
KEYS = r"\w+|\"[^\"]+\"|- "


def manifest(tmp_path, text):
    file = tmp_path / "dapr-conformance.yaml"
    file.write_text(text)
    return read(file)


def taken_in(text):
    """Take out the # before each line that is a key, as a person would."""
    return re.sub(rf"(?m)^( *)# (?!Fill in|from |tried|not tried)( *(?:{KEYS}):?)", r"\1\2", text)


@pytest.mark.parametrize("proposals", [[], ENTITY])
def test_with_every_comment_taken_in_nothing_is_left_undeclared(tmp_path, proposals):
    topics = ["orders", "a.b", "on"]
    text = page([], proposals, topics)
    assert manifest(tmp_path, text).entity == (manifest(tmp_path, text).entity if proposals else None)
    found = manifest(tmp_path, taken_in(text))
    assert undeclared(found, topics) == []


def test_a_line_says_where_it_comes_from_once_and_others_which_properties_they_enable(tmp_path):
    text = page([], ENTITY, [])
    assert text.count("# from here") == 1
    assert "# Fill in for property 3: The request that deletes one record." in text
    assert "# Fill in for properties 2 and 3:" in text
    assert manifest(tmp_path, text).entity.save.path == "/o/{id}"


def test_what_is_not_sure_stays_a_comment(tmp_path):
    unsure = [Proposal(one.key, one.value, "from there; not tried", sure=False) for one in ENTITY]
    text = page([], unsure, [])
    assert manifest(tmp_path, text).entity is None
    assert '#   save: {method: PUT, path: "/o/{id}"}' in text


@pytest.mark.parametrize(
    "value", ["yes", "on", "1", "a: b", "#", "ä", "null", "-", "~", "\u2028", "a\nb", "1.0", "{id}"]
)
def test_a_text_is_read_as_it_was(tmp_path, value):
    whole = [Proposal(("topics", value, "valid"), {value: [value, 1, None, True, {"deep": value}]}, "from here")]
    found = manifest(tmp_path, page([], whole, [value]))
    assert found.topics[value].valid == whole[0].value


def test_a_long_value_is_read_as_it_was(tmp_path):
    long = {"type": "object", "properties": {f"field {n}": {"enum": ["x" * 30, [], {}]} for n in range(9)}}
    proposals = [*ENTITY, Proposal(("state", "entity", "schema"), long, "from here")]
    assert manifest(tmp_path, page([], proposals, [])).entity.body_schema == long
