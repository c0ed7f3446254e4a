import json

import pytest

from dapr_conformance.target.model import Route
from dapr_conformance.target.openapi import routes

ORDER = {"type": "object", "example": {"amount": 1}}


def post(body, components=None):
    return {"paths": {"/o": {"post": {"requestBody": body}}}, "components": components or {}}


def test_every_operation_in_document_order():
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/orders/{id}": {"summary": "one", "parameters": [], "put": {}, "get": {}, "trace": {}},
            "/orders": {"get": None, "x-own": {"get": {}}},
        },
    }
    assert [(route.method, route.path) for route in routes(document)] == [
        ("PUT", "/orders/{id}"),
        ("GET", "/orders/{id}"),
        ("GET", "/orders"),
    ]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ({"schema": ORDER}, {"amount": 1}),
        ({"schema": {"$ref": "#/components/schemas/Order"}}, {"amount": 1}),
        ({"schema": {"examples": [{"a": 1}, {"a": 2}]}}, {"a": 1}),
        ({"example": {"b": 2}, "schema": ORDER}, {"b": 2}),
        ({"examples": {"one": {"value": [1]}}}, [1]),
        ({"examples": {"one": {"$ref": "#/components/examples/e~1x"}}}, "referred"),
        ({"example": None, "schema": ORDER}, None),
        ({"schema": {"type": "object"}}, None),
        ({"schema": {"$ref": "#/components/schemas/Circle"}}, None),
        ({"schema": {"$ref": "#/nowhere/at/all"}}, None),
        ({"schema": {"$ref": "other.json#/Order"}}, None),
        ({"schema": True, "examples": [1]}, None),
    ],
)
def test_the_example_of_a_body(media, body):
    components = {
        "schemas": {"Order": ORDER, "Circle": {"$ref": "#/components/schemas/Circle"}},
        "examples": {"e/x": {"value": "referred"}},
    }
    document = post({"content": {"text/plain": {}, "application/json": media}}, components)
    assert routes(document) == (Route("POST", "/o", body, "application/json"),)


def test_another_content_type_where_there_is_no_json():
    assert routes(post({"content": {"text/csv": {"example": "a,b"}}})) == (Route("POST", "/o", "a,b", "text/csv"),)


def test_a_referred_request_body_and_path_item():
    document = post({"$ref": "#/components/requestBodies/b"}, {"requestBodies": {"b": {"content": {"a/b": {}}}}})
    assert routes(document)[0].content_type == "a/b"
    document = {"paths": {"/x": {"$ref": "#/shared"}}, "shared": {"get": {}}}
    assert routes(document) == (Route("GET", "/x"),)


@pytest.mark.parametrize(
    "text", ["null", "[]", "3", '"x"', "{}", '{"paths":[]}', '{"paths":{"/a":[]}}', '{"paths":{"/a":{"$ref":3}}}']
)
def test_any_other_shape_has_no_routes(text):
    assert routes(json.loads(text)) == ()


@pytest.mark.parametrize("body", [None, [], {"content": []}, {"content": {}}, {"content": {"a/b": 3}}, {"$ref": "#/x"}])
def test_an_unusable_body_leaves_the_route(body):
    assert [route.path for route in routes(post(body))] == ["/o"]
