"""Whatever stands in a file: it is read, or it is refused with its place and a next step."""

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dapr_conformance.errors import TargetError
from dapr_conformance.target import manifest, resources, run_file

RUN_FILE = """\
version: 1
common: {resourcesPath: ., env: {A: 1}, appProtocol: http}
apps:
- {appID: a, appDirPath: ., appPort: 8001, command: [python3, app.py], env: {B: yes}, maxBodySize: 4Mi}
- {appDirPath: ., appSSL: true, appLogDestination: file, enableAppHealthCheck: true, configFilePath: ./file.yaml}
"""
COMPONENT = """\
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: a}
spec:
  type: state.redis
  version: v1
  metadata: [{name: redisHost, value: 1.10}, {name: p, secretKeyRef: {name: n, key: k}}, {name: e, envRef: E}]
auth: {secretStore: s}
scopes: [a]
"""
SUBSCRIPTION = """\
apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata: {name: s}
spec:
  topic: t
  pubsubname: p
  routes: {rules: [{match: 'true', path: /a}], default: /b}
  bulkSubscribe: {enabled: true, maxMessagesCount: 10}
  metadata: {rawPayload: true}
scopes: [a]
"""
ENDPOINT = "apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: h}\nspec: {baseUrl: 'http://x'}\n"
MANIFEST = """\
state: {best_effort: [a], entity: {save: {method: PUT, path: /a}, get: {method: GET, path: /a}, key: {type: string}}}
topics: {t: {pubsub: p, valid: 1, given: [{method: PUT, path: /a, headers: {A: b}}], effect: {get: /, count: ''}}}
invoke: {routes: [{method: GET, path: /, echo: true, content_type: a/b, body: null}]}
"""
TABLE = """\
[tool.dapr-conformance.state]
best_effort = ["a"]
[tool.dapr-conformance.state.entity]
save = {method = "PUT", path = "/a"}
get = {method = "GET", path = "/a"}
[[tool.dapr-conformance.invoke.routes]]
method = "GET"
path = '''/'''
"""
KINDS = {
    "run_file": (RUN_FILE, "file.yaml", run_file.read),
    "component": (COMPONENT, "file.yaml", lambda path: resources.read([path.parent])),
    "subscription": (SUBSCRIPTION, "file.yaml", lambda path: resources.read([path.parent])),
    "endpoint": (ENDPOINT, "file.yaml", lambda path: resources.read([path.parent])),
    "configuration": (ENDPOINT, "file.yaml", resources.read_configuration),
    "manifest": (MANIFEST, "file.yaml", manifest.read),
    "table": (TABLE, "file.toml", manifest.read),
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["~", "${P}"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def read(kind, content):
    """Read a file of this content; what is refused says where, and what to do."""
    _, name, reader = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        refused = error_of(reader, Path(folder) / name)
        assert refused is None or str(refused.location).startswith(folder)
        assert refused is None or refused.advice, refused


def error_of(reader, path):
    try:
        reader(path)
    except TargetError as error:
        return error
    return None


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=30, database=None)
@given(data=st.data())
def test_a_few_other_bytes(kind, data):
    content = KINDS[kind][0].encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 4))
        put = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"\t", b"\n---\n", b"{{", b"&a", b"*a", b"<<: ", b"'", b"[", b"?"])
        )
        content = content[:at] + put + content[at + cut :]
    read(kind, content)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "table"])
@settings(deadline=None, max_examples=30, database=None)
@given(data=st.data(), value=VALUES)
def test_another_value_anywhere(kind, data, value):
    document = yaml.safe_load(KINDS[kind][0])
    at, keys = document, []
    while isinstance(at, (dict, list)) and at and (not keys or data.draw(st.booleans())):
        keys.append(data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at)))))
        above, at = at, at[keys[-1]]
    above[keys[-1]] = value
    read(kind, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=30, database=None)
@given(value=VALUES)
@example(value={"state": {"entity": {"save": 1}}})
def test_any_table(value):
    text = "\n".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in value.items()) if isinstance(value, dict) else ""
    read("table", f"[tool.dapr-conformance]\n{text}\n".encode())
