"""An app in plain Node.js without a manifest: judged by what it shows of itself."""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js on PATH")

SHOP = Path(__file__).parents[1] / "projects" / "node_shop"


@pytest.fixture
def shop(repo):
    """Give a repo with the app and its components; no run file, as its command is given."""
    for name in ("server.js", "events.js", "sidecar.js"):
        repo.write(name, (SHOP / name).read_text())
    shutil.copytree(SHOP / "components", repo.folder / "components")
    return repo


RUN_FILE = """version: 1
apps:
  - appID: shop
    appDirPath: .
    appPort: {port}
    appProtocol: h2c
    resourcesPaths: [./components]
    command: ["node", "server.js"]
"""


def test_an_app_that_speaks_http2_is_judged_alike(shop, another_port):
    shop.write("dapr.yaml", RUN_FILE.format(port=another_port))
    result = shop.run("--dapr-target=shop", "--dapr-examples=20", "-k", "app")
    assert result.status == 0, result.out
    verdicts = {number: row["verdict"] for number, row in app_rows(result).items()}
    assert {number: verdicts[number] for number in (8, 10, 12)} == dict.fromkeys((8, 10, 12), "passed")


def app_rows(result):
    return {row["property"]: row for row in result.results["checks"] if row["vantage"] == "app"}


def test_an_app_in_another_language_is_judged_by_discovery_alone(shop, another_port):
    app = ("--dapr-target=shop", "--dapr-command", "node server.js", "--dapr-app-port", str(another_port))
    result = shop.run(*app, "--dapr-examples=20")
    rows = app_rows(result)
    assert result.status == 0, result.out
    assert {number: row["verdict"] for number, row in rows.items()} == {
        1: "passed",
        2: "unsupported",
        3: "unsupported",
        4: "unsupported",
        8: "passed",
        9: "passed",
        10: "passed",
        12: "passed",
        24: "passed",
    }
    assert "health: {ready: /...} in dapr-conformance.yaml" in rows[24]["enable"]
    assert rows[2]["enable"]
    assert rows[2]["id"] in {row["id"] for row in result.results["not_tested"]}
    assert {row["waited_s"] for row in result.results["checks"]} == {0.0}  # as CheckResult says
