"""What `dapr-conformance plan` says, and that a run does just that."""

import json
import shutil
from pathlib import Path

import pytest

from dapr_conformance.cli import main
from dapr_conformance.environment.attached import Attachment

SHOP = Path(__file__).parents[1] / "projects" / "node_shop"
NOTES = SHOP.parent / "notes"


def planned(capsys, folder, monkeypatch, *args):
    monkeypatch.chdir(folder)
    status = main(["plan", *args])
    told = capsys.readouterr()
    return status, told.out + told.err


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js on PATH")
def test_a_run_starts_and_judges_what_the_plan_says(repo, another_port, capsys, monkeypatch):
    repo.project_files("node_shop")
    repo.edit("dapr.yaml", "3000", str(another_port))
    run_file = (repo.folder / "dapr.yaml").read_text()
    sibling = '  - appID: other\n    appDirPath: .\n    command: ["sleep", "600"]\n'
    (repo.folder / "dapr.yaml").write_text(run_file.rstrip() + "\n" + sibling)
    _, text = planned(capsys, repo.folder, monkeypatch, "shop", "--json")
    plan = json.loads(text)
    result = repo.run("--dapr-target=shop", "--dapr-examples=2", "--dapr-keep")
    assert result.status == 0, result.out
    (kept,) = repo.folders()
    folder = repo.tmp / kept
    assert [arena["name"] for arena in plan["arenas"]] == sorted(path.name for path in folder.glob("arena-*"))
    for number, arena in enumerate(plan["arenas"], start=1):
        assert set(arena["files"]) <= {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        started = {path.name for path in (folder / "logs").glob(f"a{number}-*.log") if "-twin-" not in path.name}
        assert started == set(logs(arena))
    assert (folder / "logs" / "placement.log").exists()
    rows = {row["id"]: row for row in result.results["checks"] if row["vantage"] != "system"}
    judged = [check for arena in plan["arenas"] for check in arena["checks"]]
    unsupported = {row["id"]: row for row in plan["unsupported"]}
    assert [*rows] == sorted(rows, key=[*judged, *unsupported].index)
    assert {row["id"] for row in result.results["not_tested"]} >= {*unsupported}
    assert "state.entity" in " ".join(row["enable"] for row in rows.values())
    assert {"state.entity", "topics.<name>.valid", "health.ready"} <= {row["key"] for row in plan["undeclared"]}
    assert sorted(rows) == sorted([*judged, *unsupported])


def logs(arena):
    for unit in arena["units"]:
        if unit["role"] != "twin":
            name = unit["sidecar"]["process"].removesuffix("-daprd")
            yield f"{name}-daprd.log"
            if unit["app"]:
                yield f"{name}-app.log"


def test_a_check_that_the_files_rule_out_is_told_with_the_line_that_enables_it(capsys, monkeypatch):
    status, text = planned(capsys, NOTES, monkeypatch, "--dapr-target=notes")
    assert status == 0
    assert "properties/pubsub/dead_letter[app]@embedded: the app has no pubsub component" in text
    assert "enable: a Component of type pubsub.* in the resources path" in text
    assert "judges properties/pubsub" not in text
    assert "state.redis -> state.sqlite" in text
    assert "state.entity.delete (property 3)" in text
    assert "port 8101" in text


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "no app id is given"),
        (("nix",), "no app with the id 'nix'\nallowed: notes"),
        (("notes", "--dapr-target=other"), "two app ids are given: notes and other"),
        (("notes", "--dapr-examples=few"), "--dapr-examples=few: this is no whole number"),
        (("notes", "--dapr-run-file=nowhere"), "there is no such run file"),
        (("notes", "--dapr-maifest=x"), "unrecognized arguments: --dapr-maifest=x"),
    ],
)
def test_a_mistake_is_told_as_pytest_tells_it_with_status_4(capsys, monkeypatch, args, told):
    status, text = planned(capsys, NOTES, monkeypatch, *args)
    assert status == 4
    assert told in text
    assert "next step: " in text


def test_nothing_is_written(capsys, monkeypatch, tmp_path):
    shutil.copytree(NOTES, tmp_path, dirs_exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    assert planned(capsys, tmp_path, monkeypatch, "notes")[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_beside_a_sidecar_that_runs_already_nothing_is_started(capsys, monkeypatch):
    said = {"id": "notes", "runtimeVersion": "1.18.2", "components": [{"name": "store", "type": "state.redis"}]}
    monkeypatch.setattr(Attachment, "_metadata", lambda _: said)
    status, text = planned(capsys, NOTES, monkeypatch, "notes", "--dapr-attach=http://127.0.0.1:3500", "--json")
    plan = json.loads(text)
    assert (status, plan["arenas"], plan["undeclared"]) == (0, [], [])
    assert {"--dapr-allow-writes", "a run without --dapr-attach"} <= {row["enable"] for row in plan["unsupported"]}
    writing = ("notes", "--dapr-attach=http://127.0.0.1:3500", "--dapr-allow-writes")
    _, text = planned(capsys, NOTES, monkeypatch, *writing)
    assert "judges properties/state/round_trip[sidecar]@as-is" in text
    assert "daprd" not in text
