"""The keys that let more be judged, as the manifest's schema tells them."""

from pathlib import Path

import pytest
import yaml

from dapr_conformance.target.manifest import read
from dapr_conformance.target.manifest_keys import key, keys, undeclared

ORDERS = Path(__file__).parents[2] / "examples" / "orders" / "dapr-conformance.yaml"


@pytest.mark.parametrize("path", [each.path for each in keys()])
def test_the_example_of_a_key_is_a_manifest(tmp_path, path):
    value = key(path).example
    for name in reversed(path.replace("<name>", "payments").split(".")):
        value = {name: value}
    if path.startswith("state.entity"):
        value["state"]["entity"] = {**key("state.entity").example, **value["state"]["entity"]}
    file = tmp_path / "dapr-conformance.yaml"
    file.write_text(yaml.safe_dump(value))
    assert path.replace("<name>", "payments") not in [found for found, _ in undeclared(read(file), ["payments"])]


def test_what_a_manifest_leaves_out_is_known():
    found = [path for path, _ in undeclared(read(ORDERS), ["payments", "refunds"])]
    assert found[:3] == ["state.best_effort", "state.entity.list", "state.bulk.save"]
    assert "topics.refunds.valid" in found
    assert "topics.payments.valid" not in found
    assert "health.live" in found
