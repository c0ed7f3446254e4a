from types import SimpleNamespace

import pytest

from dapr_conformance.probes import requests
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Entity, Request

NAMES = iter(range(1, 100))


def check(key_schema):
    entity = Entity(Request("PUT", "/orders/{id}"), Request("GET", "/orders/{id}"), key_schema=key_schema)
    manifest = SimpleNamespace(entity=entity)
    return SimpleNamespace(
        target=SimpleNamespace(manifest=manifest), fresh=lambda prefix: f"{prefix}-ab{next(NAMES)}-1"
    )


@pytest.mark.parametrize("schema", [{}, {"maxLength": 64}, {"pattern": "^[a-z0-9]+$"}, {"pattern": "^[0-9]+$"}])
def test_identifiers_are_fresh_and_allowed(schema):
    given = check({"type": "string", **schema})
    one, two = requests.identifier(given), requests.identifier(given, "x")
    assert one != two
    assert requests.allows(given.target.manifest.entity.key_schema, one)


@pytest.mark.parametrize("schema", [{"enum": ["eu", "us"]}, {"pattern": "^[A-Z]{3}$"}, {"maxLength": 2}])
def test_a_schema_without_room_is_unsupported_with_its_line(schema):
    given = check({"type": "string", **schema})
    assert requests.fresh_identifier(given) is None
    with pytest.raises(Unsupported) as refused:
        requests.identifier(given)
    assert "state.entity.key" in refused.value.enable
