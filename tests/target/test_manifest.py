import json

import pytest
from jsonschema import Draft202012Validator

from dapr_conformance import bundle
from dapr_conformance.errors import TargetError
from dapr_conformance.target import manifest
from dapr_conformance.target.model import Bulk, Echo, Effect, Health, Manifest, Request, Route

FULL = r"""
state:
  best_effort: ["cache-"]
  entity:
    save: {method: PUT, path: "/orders/{id}", headers: {X-Kind: a}}
    get: {method: GET, path: "/orders/{id}"}
    list: {method: GET, path: /orders}
    delete: {method: DELETE, path: "/orders/{id}"}
    key: {type: string, pattern: "^[a-z0-9-]{1,40}$"}
    schema:
      type: object
      properties: {amount: {type: integer, minimum: 0}}
      required: [amount]
    conditional: If-Match
  bulk:
    get: {method: POST, path: /find, body: {ids: "{ids}"}}
    id: number
    records: /orders
topics:
  payments:
    pubsub: pubsub
    given: [{method: PUT, path: "/orders/{id}", body: {amount: 1.10, open: true, tag: "1", note: null}}]
    valid: {orderId: "{id}", amount: 10}
    invalid: {orderId: 5}
    failing: [1, two, 3.5]
    schema: {type: object, properties: {orderId: {const: "{id}"}}}
    echo: {key: "order-{id}", store: orders, shows: {/payments/0: ""}}
    effect: {get: "/orders/{id}", count: /payments}
  nothing:
    valid: null
  bare: {}
invoke:
  routes:
    - {method: GET, path: /orders}
    - {method: POST, path: /echo, echo: true, content_type: application/json, body: {a: 1}}
"""


def read(tmp_path, text):
    file = tmp_path / "dapr-conformance.yaml"
    file.write_text(text)
    return manifest.read(file)


def test_a_full_manifest(tmp_path):
    found = read(tmp_path, FULL)
    entity = found.entity
    assert found.best_effort == ("cache-",)
    assert entity.save == Request("PUT", "/orders/{id}", {"X-Kind": "a"})
    assert (entity.get.method, entity.list.path, entity.delete.method) == ("GET", "/orders", "DELETE")
    assert entity.key_schema["pattern"] == "^[a-z0-9-]{1,40}$"
    assert entity.body_schema["properties"]["amount"]["minimum"] == 0
    assert entity.conditional_header == "If-Match"
    assert found.bulk == Bulk(Request("POST", "/find", body={"ids": "{ids}"}), None, "number", "/orders")
    assert found.location.file == tmp_path / "dapr-conformance.yaml"


def test_topics_keep_the_types_of_json_and_what_was_declared(tmp_path):
    topics = read(tmp_path, FULL).topics
    payments = topics["payments"]
    assert (payments.name, payments.pubsubname) == ("payments", "pubsub")
    assert payments.given[0].body == {"amount": 1.1, "open": True, "tag": "1", "note": None}
    assert (payments.valid, payments.failing) == ({"orderId": "{id}", "amount": 10}, [1, "two", 3.5])
    assert payments.effect == Effect("/orders/{id}", "/payments")
    assert payments.schema == {"type": "object", "properties": {"orderId": {"const": "{id}"}}}
    assert payments.echo == Echo(None, "order-{id}", "orders", {"/payments/0": ""})
    assert payments.declared == {"pubsub", "given", "valid", "invalid", "failing", "schema", "echo", "effect"}
    assert (topics["nothing"].valid, topics["nothing"].declared) == (None, {"valid"})
    assert topics["bare"].declared == frozenset()


def test_routes(tmp_path):
    assert read(tmp_path, FULL).routes == (
        Route("GET", "/orders"),
        Route("POST", "/echo", {"a": 1}, "application/json", echo=True),
    )


def test_health(tmp_path):
    found = read(tmp_path, "health: {ready: /readyz, critical: [statestore]}\n")
    assert found.health == Health(ready="/readyz", live=None, critical=("statestore",))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "state:\ntopics:\ninvoke:\n", "{}", "---\n"])
def test_an_empty_manifest_declares_nothing(tmp_path, text):
    found = read(tmp_path, text)
    assert found == Manifest(location=found.location)


def test_no_file_declares_nothing(tmp_path):
    assert manifest.find(None, tmp_path) == Manifest()


ENTITY = "state:\n  entity:\n    get: {method: GET, path: /a}\n    save:\n      method: PUT\n      path: /a\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "stat: {}",
            1,
            "unknown key `stat` in the manifest\nallowed: state, topics, invoke, health\nnext step: did you mean",
        ),
        (
            "state:\n  best_efort: []",
            2,
            "unknown key `best_efort` in `state`\nallowed: best_effort, entity, bulk\nnext step: did you mean",
        ),
        (ENTITY + "    conditonal: If-Match\n", 7, "unknown key `conditonal` in `state.entity`"),
        (ENTITY.replace("PUT", "PUTT"), 5, "`state.entity.save.method` is 'PUTT'\nallowed: GET, HEAD, POST"),
        (ENTITY.replace("PUT", "put"), 5, "did you mean PUT?"),
        (ENTITY.replace("path: /a\n", "path: a\n"), 6, "is 'a'; it must be a path of the app that begins with /"),
        (
            ENTITY.replace("      path: /a\n", ""),
            4,
            "`state.entity.save` lacks the required key `path`\nallowed: method, path",
        ),
        ("state:\n  entity: {save: {method: PUT, path: /}}", 2, "`state.entity` lacks the required key `get`"),
        ("state:\n  best_effort: cache-\n", 2, "`state.best_effort` must be of type array, not a string"),
        ("state:\n  best_effort:\n  - a\n  - 5\n", 4, "`state.best_effort[1]` must be of type string, not a number"),
        ("topics: [a]\n", 1, "`topics` must be of type object or null, not an array"),
        ("topics:\n  t:\n    effect: {get: /a, count: payments}\n", 3, "it must be a JSON pointer"),
        ("topics:\n  t:\n    vaild: {}\n", 3, "did you mean `valid`?"),
        ("invoke:\n  routes:\n  - {method: GET}\n", 3, "`invoke.routes[0]` lacks the required key `path`"),
        ("invoke:\n  routes:\n  - {method: GET, path: /, echo: 1}\n", 3, "must be of type boolean, not a number"),
        ("invoke:\n  routes:\n  - {method: GET, path: /, content_type: ''}\n", 3, "is wrong: '' should be non-empty"),
        (ENTITY + "    key:\n      type: strin\n", 8, "`state.entity.key.type` is not valid JSON Schema"),
        (ENTITY + "    schema: {properties: 3}\n", 7, "`state.entity.schema.properties` is not valid JSON Schema"),
        ("health:\n  critical: statestore\n", 2, "`health.critical` must be of type array, not a string"),
        ("health:\n  ready: readyz\n", 2, "it must be a path of the app that begins with /"),
        ("- a\n", 1, "the manifest must be of type object or null, not an array"),
        ("a: [\n", 2, "not valid YAML"),
        ("state: {}\nstate: {}\n", 2, "stands here again"),
        ("state: {}\n---\nstate: {}\n", 3, "a manifest is one document"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_path_and_choices(tmp_path, text, line, message):
    with pytest.raises(TargetError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.location.line == line
    assert str(tmp_path / "dapr-conformance.yaml") in str(caught.value)


def test_the_schema_is_a_valid_json_schema():
    schema = json.loads((bundle.folder("reports") / "manifest.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
