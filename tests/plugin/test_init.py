"""`dapr-conformance init` on real apps: what it writes can be used as it is, and nothing is left behind."""

import shutil
import signal
from pathlib import Path

import pytest

from dapr_conformance.target.manifest import read

ORDERS = Path(__file__).parents[2] / "examples" / "orders"
NAME = "dapr-conformance.yaml"


def ended(repo, process):
    out, _ = process.communicate(timeout=120)
    assert repo.left() == {}
    assert repo.folders() == []
    return process.returncode, out


def init(repo, *args):
    return ended(repo, repo.command("init", *args))


@pytest.fixture
def orders(repo, another_port):
    """Give a repo with the example app `orders` without its manifest."""
    shutil.copytree(ORDERS, repo.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(NAME, "__pycache__"))
    repo.edit("dapr.yaml", "8000", str(another_port))
    return repo


def judged(result):
    return {
        row["property"]
        for row in result.results["checks"]
        if row["vantage"] == "app" and row["verdict"] not in ("unsupported", "inconclusive", "blocked")
    }


def test_what_it_writes_of_an_app_with_openapi_lets_more_be_judged(orders):
    run = ("--dapr-target=orders", "--dapr-examples=5", "-m", "dapr_app")
    before = judged(orders.run(*run))
    status, out = init(orders, "orders")
    assert status == 0, out
    assert "trying PUT /orders/{id} as the routes of a record" in out
    manifest = read(orders.folder / NAME)
    assert (manifest.entity.save.method, manifest.entity.save.path) == ("PUT", "/orders/{id}")
    assert manifest.entity.conditional_header == "If-Match"
    assert manifest.entity.delete is not None
    assert manifest.entity.list is None  # GET /orders wants identifiers
    assert (manifest.bulk.get.path, manifest.bulk.id_field, manifest.bulk.records) == ("/orders?ids={ids}", "id", "")
    assert {route.method for route in manifest.routes if route.echo} >= {"GET", "POST", "DELETE"}
    assert (manifest.health.ready, manifest.health.live) == ("/readyz", "/healthz")
    result = orders.run(*run)
    assert result.status == 0, result.out
    assert set(result.verdicts.values()) == {"passed"}
    assert judged(result) >= before | {2, 3, 4, 24}
    assert not before & {2, 3}


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js on PATH")
def test_an_app_without_openapi_gets_a_manifest_to_fill_in_and_what_its_http_file_shows(repo, another_port):
    repo.project_files("node_shop")
    repo.edit("dapr.yaml", "3000", str(another_port))
    http = "@daprd = http://localhost:3500\n### a good order\nPOST {{daprd}}/v1.0/publish/pubsub/orders\n"
    order = '{"orderId": "7", "sku": "tea", "quantity": 2}'
    repo.write(
        "shop.http", f"{http}Content-Type: application/json\n\n{order}\n\n###\nGET http://localhost:3000/products\n"
    )
    status, out = init(repo, "shop")
    assert status == 0, out
    text = (repo.folder / NAME).read_text()
    manifest = read(repo.folder / NAME)
    assert manifest.entity is None
    assert "  # entity:" in text
    assert "  #   # Fill in for properties 1, 2, 3, 4 and 9: The request that saves one record" in text
    assert "from shop.http:3, which publishes it" in text
    assert [(route.method, route.path) for route in manifest.routes] == [("GET", "/products")]
    assert manifest.health.live == "/healthz"
    result = repo.run("--dapr-target=shop", "--dapr-examples=5", "-m", "dapr_app")
    assert result.status == 0, result.out
    assert set(result.verdicts.values()) <= {"passed", "unsupported"}


def test_a_manifest_that_is_there_is_kept_unless_it_is_to_be_replaced(notes):
    file = notes.folder / NAME
    before = file.read_text()
    status, out = init(notes, "notes")
    assert status == 4
    assert f"{file}: there is a manifest already" in out
    assert "--force" in out
    assert file.read_text() == before
    status, out = init(notes, "notes", "--output=other.yaml", "--offline")
    assert status == 0, out
    assert read(notes.folder / "other.yaml").entity is None
    assert file.read_text() == before
    assert init(notes, "notes", "--force", "--offline")[0] == 0
    assert file.read_text() != before


def test_a_table_in_pyproject_is_a_manifest_too(notes):
    (notes.folder / NAME).unlink()
    notes.write("pyproject.toml", '[tool.dapr-conformance.health]\nready = "/readyz"\n')
    status, out = init(notes, "notes", "--offline", "--force")
    assert status == 4
    assert "pyproject.toml:1" in out
    assert not (notes.folder / NAME).exists()


def test_an_app_that_does_not_start_is_told_with_its_last_words(notes):
    (notes.folder / NAME).unlink()
    (notes.folder / "app.py").write_text("raise SystemExit('no database')")
    status, out = init(notes, "notes")
    assert status == 1
    assert "no database" in out
    assert "--offline" in out
    assert not (notes.folder / NAME).exists()


def test_ctrl_c_ends_what_was_started(notes):
    (notes.folder / NAME).unlink()
    notes.edit("app.py", "import json\n", "import json\nimport time\n\ntime.sleep(600)\n")
    process = notes.command("init", "notes")
    notes.find("app.py")
    process.send_signal(signal.SIGINT)
    status, out = ended(notes, process)
    assert status == 2, out
    assert "Traceback" not in out
    assert not (notes.folder / NAME).exists()


@pytest.mark.parametrize("option", ["--dapr-attach=http://127.0.0.1:3500", f"--dapr-manifest={NAME}"])
def test_options_without_a_meaning_here_are_refused(notes, option):
    status, out = init(notes, "notes", option)
    assert status == 4
    assert f"unrecognized arguments: {option}" in out


def test_of_an_app_without_a_port_only_files_are_read(repo):
    repo.project_files("portless")
    repo.write("openapi.yaml", "paths: {'/notes/{name}': {get: {}, put: {}}}")
    status, out = init(repo, "portless")
    assert status == 0, out
    assert "nothing is started" in out
    assert "from openapi.yaml; not tried" in (repo.folder / NAME).read_text()
    assert read(repo.folder / NAME).entity is None


OPENAPI = """
paths:
  /notes/{name}:
    get: {}
    put: {requestBody: {content: {application/json: {schema: {
      type: object, required: [text], properties: {text: {type: string, maxLength: 40}}}}}}}
"""


@pytest.mark.parametrize(
    ("loses", "told"),
    [(False, "tried: saved and shown"), (True, "does not do for a record: what was saved is not shown: GET /notes/")],
)
def test_routes_that_do_not_show_what_was_saved_stay_a_comment(notes, loses, told):
    (notes.folder / NAME).unlink()
    notes.write("openapi.yaml", OPENAPI)
    if loses:
        notes.edit("app.py", '"value": value}', '"value": {}}')
    status, out = init(notes, "notes")
    assert status == 0, out
    assert f"from openapi.yaml: PUT /notes/{{name}}; {told}" in (notes.folder / NAME).read_text()
    assert (read(notes.folder / NAME).entity is None) is loses
