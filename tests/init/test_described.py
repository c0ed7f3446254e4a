"""What an OpenAPI document lets one guess of records, and its schemas as those of the manifest."""

import pytest
from jsonschema import Draft202012Validator

from dapr_conformance.init.described import records
from dapr_conformance.init.schemas import inlined
from dapr_conformance.target.openapi import operations

ORDER = {"type": "object", "properties": {"amount": {"type": "integer"}}}
BODY = {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}
DOCUMENT = {
    "paths": {
        "/orders": {"get": {"parameters": [{"name": "ids", "in": "query"}]}, "post": BODY},
        "/orders/{id}/items/{item}": {"get": {}, "put": BODY},
        "/notes/{note}": {"get": {}, "post": {}},
        "/orders/{orderId}": {
            "parameters": [{"name": "orderId", "in": "path", "schema": {"type": "string", "maxLength": 9}}],
            "get": {},
            "put": {**BODY, "parameters": [{"name": "IF-MATCH", "in": "header"}]},
            "delete": {},
        },
        "/reports/{id}": {"get": {}},
    },
    "components": {"schemas": {"Order": ORDER}},
}


def test_a_record_is_what_one_path_saves_and_shows_those_with_a_described_put_first():
    first, second = records(operations(DOCUMENT), DOCUMENT)
    assert (first.path, first.save.method, first.conditional) == ("/orders/{id}", "PUT", "If-Match")
    assert first.key == {"type": "string", "maxLength": 9}
    assert first.delete is not None
    assert first.bulk == ("/orders?ids={ids}",)
    assert (second.path, second.delete, second.list, second.bulk) == ("/notes/{id}", None, None, ())


@pytest.mark.parametrize("odd", [None, [], {}, {"paths": 1}, {"paths": {"/a/{id}": {"get": 1, "put": []}}}])
def test_a_document_of_any_shape_gives_what_it_gives(odd):
    assert len(list(records(operations(odd), odd))) <= 1


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"$ref": "#/components/schemas/Order", "title": "x"}, ORDER),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 0}),
        ({"type": "integer", "minimum": 0.0, "exclusiveMinimum": False}, {"type": "integer", "minimum": 0}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "pattern": "(?<a>x"}, {"type": "string"}),
        ({"allOf": [ORDER, {"required": ["amount"]}]}, {**ORDER, "required": ["amount"]}),
        ({"anyOf": [{"type": "null", "title": "x"}]}, {"anyOf": [{"type": "null"}]}),
        ({"$ref": "#/nowhere"}, {}),
    ],
)
def test_a_schema_holds_words_that_values_have(schema, made):
    found = inlined(schema, DOCUMENT)
    assert found == made
    Draft202012Validator.check_schema(found)


def test_a_date_gets_the_pattern_of_its_format():
    assert "pattern" in inlined({"type": "string", "format": "date-time"}, {})


def test_a_schema_that_holds_itself_ends():
    document = {"components": {"schemas": {"Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}}}}}}
    Draft202012Validator.check_schema(inlined({"$ref": "#/components/schemas/Tree"}, document))
