import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapr_conformance.errors import TargetError
from dapr_conformance.probes.schema_values import values

SCHEMAS = [
    {"type": "string", "minLength": 2, "maxLength": 5},
    {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
    {"type": "integer", "minimum": 1, "maximum": 9},
    {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3},
    {"type": "number", "minimum": 0},
    {"type": ["string", "null"]},
    {"enum": ["a", 1, None]},
    {"const": 3},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 1},
    {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]},
    {"properties": {"a": {"type": "null"}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_every_value_is_what_the_schema_allows(schema):
    @settings(max_examples=60, deadline=None, database=None)
    @given(st.data())
    def check(data):
        jsonschema.validate(data.draw(values(schema)), schema)

    check()


def test_an_unknown_type_is_named():
    with pytest.raises(TargetError, match="unknown type 'text'"):
        values({"type": "text"})
