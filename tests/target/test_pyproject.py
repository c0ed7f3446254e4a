import pytest

from dapr_conformance.errors import TargetError
from dapr_conformance.target import manifest, pyproject
from dapr_conformance.target.model import Manifest, Route

HEAD = '[project]\nname = "shop"  # dapr-conformance comes below\n\n'
TABLE = '''\
[tool.dapr-conformance.state.entity]
save = {method = "PUT", path = "/orders/{id}"}
get = {method = "GET", path = "/orders/{id}"}

[tool.dapr-conformance.state.entity.schema]
type = "object"

[tool.dapr-conformance.topics.payments]
valid = """
x = [1
"""
given = [
  # one after another
  {method = "PUT", path = "/orders/{id}", body = {when = 2024-01-01, much = inf}},

  {method = "POST", path = "/"},
]

[[tool.dapr-conformance.invoke.routes]]
method = "GET"
path = "/healthz"
'''


def read(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    return manifest.find(None, tmp_path)


def test_the_table_is_a_manifest(tmp_path):
    found = read(tmp_path, HEAD + TABLE)
    assert found.entity.save.path == "/orders/{id}"
    assert found.entity.body_schema == {"type": "object"}
    assert found.routes == (Route("GET", "/healthz"),)
    assert found.topics["payments"].given[0].body == {"when": "2024-01-01", "much": "inf"}
    assert str(found.location) == f"{tmp_path}/pyproject.toml:4"


def test_every_key_and_item_knows_its_line(tmp_path):
    (tmp_path / "pyproject.toml").write_text(HEAD + TABLE)
    document = pyproject.table(tmp_path / "pyproject.toml")
    places = {
        ("state",): 4,
        ("state", "entity", "get", "path"): 6,
        ("state", "entity", "schema"): 8,
        ("topics", "payments", "valid"): 12,
        ("topics", "payments", "given"): 15,
        ("topics", "payments", "given", 0, "body"): 17,
        ("topics", "payments", "given", 1): 19,
        ("invoke", "routes", 0): 22,
        ("invoke", "routes", 0, "path"): 24,
        ("invoke", "none"): 22,
    }
    assert {path: document.location(*path).line for path in places} == places


@pytest.mark.parametrize("text", ["", "[project]\n", "[tool]\nx = 1\n", HEAD, "tool = 3\n", "[broken\n"])
def test_without_the_table_there_is_no_manifest(tmp_path, text):
    assert read(tmp_path, text) == Manifest()


def test_another_file_is_named(tmp_path):
    (tmp_path / "shop.toml").write_text(TABLE)
    assert manifest.find(tmp_path / "shop.toml", tmp_path).routes == (Route("GET", "/healthz"),)
    for name, words in (("none.toml", "does not exist"), ("empty.toml", "has no table")):
        (tmp_path / "empty.toml").touch()
        with pytest.raises(TargetError, match=rf"{name}: {words}.*\nnext step: "):
            manifest.find(tmp_path / name, tmp_path)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (HEAD + TABLE.replace('path = "/healthz"', 'pth = "/"'), ":24: ", "unknown key `pth` in `invoke.routes[0]`"),
        (HEAD + TABLE.replace('"POST"', '"POTS"'), ":19: ", "`topics.payments.given[1].method` is 'POTS'"),
        (HEAD + TABLE.replace("get =", "got ="), ":6: ", "unknown key `got` in `state.entity`"),
        ("[tool.dapr-conformance]\nstate = 3\n", ":2: ", "`state` must be of type object or null, not a number"),
        ("[tool]\ndapr-conformance = [1]\n", ":2: ", "the manifest must be of type object or null, not an array"),
        ("[tool.dapr-conformance]\nstate = {\n", ":2:", "not valid TOML"),
        ("[tool.dapr-conformance]\n\nstate == 1\n", ":3:8: ", "not valid TOML: Invalid value"),
        ("[tool.dapr-conformance]\nstate = '''\n", ":", "not valid TOML"),
    ],
)
def test_mistakes_are_said_with_their_line(tmp_path, text, place, words):
    with pytest.raises(TargetError) as caught:
        read(tmp_path, text)
    assert f"pyproject.toml{place}" in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.advice


def test_two_manifests_are_one_too_many(tmp_path):
    (tmp_path / "dapr-conformance.yaml").write_text("state: {}\n")
    with pytest.raises(TargetError) as caught:
        read(tmp_path, TABLE)
    assert f"{tmp_path}/pyproject.toml:1: the manifest stands here and in {tmp_path}/dapr-conf" in str(caught.value)
    assert manifest.find(tmp_path / "dapr-conformance.yaml", tmp_path).routes == ()
