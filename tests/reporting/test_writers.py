import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dapr_conformance.errors import BlockedError, HarnessError
from dapr_conformance.reporting import html, write_all

ROOT = Path(__file__).resolve().parents[2]


def test_both_files_are_written_into_a_folder_that_is_made(results, tmp_path):
    page = write_all(results, tmp_path / "a" / "dapr-report")
    assert page == tmp_path / "a" / "dapr-report" / "index.html"
    assert sorted(path.name for path in page.parent.iterdir()) == ["index.html", "results.json"]


def test_the_page_is_made_from_what_results_json_says(results, secret, tmp_path):
    page = write_all(results, tmp_path, [secret])
    assert page.read_text(encoding="utf-8") == html.page(json.loads((tmp_path / "results.json").read_text()))


def test_writing_does_not_change_the_mapping(results, secret, tmp_path):
    before = json.dumps(results)
    write_all(results, tmp_path, [secret])
    assert json.dumps(results) == before


def test_the_same_results_give_the_same_bytes_whatever_the_hash_seed(results, tmp_path):
    source = tmp_path / "given.json"
    source.write_text(json.dumps(results))
    pages = [_written_by_a_process(source, tmp_path / seed, seed) for seed in ("1", "2")]
    assert pages[0] == pages[1]


def _written_by_a_process(source, folder, hash_seed):
    code = (
        "import json, pathlib, sys; from dapr_conformance.reporting import write_all;"
        "write_all(json.load(open(sys.argv[1])), pathlib.Path(sys.argv[2]), ['k3y-Of/the+orders?db', 'other-secret'])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(source), str(folder)], check=True, env=environment)
    return [(folder / name).read_bytes() for name in ("results.json", "index.html")]


def test_no_secret_is_in_any_report(results, secret, tmp_path):
    write_all(results, tmp_path, [secret])
    assert all(secret not in path.read_text(encoding="utf-8") for path in tmp_path.iterdir())


def test_a_page_that_cannot_be_made_loses_no_results_and_leaves_no_old_page(results, tmp_path, monkeypatch):
    write_all(results, tmp_path)
    results["run"]["id"] = "the-second-run"
    monkeypatch.setattr(html, "page", lambda _: 1 / 0)
    with pytest.raises(HarnessError, match=r"index\.html: ZeroDivisionError"):
        write_all(results, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
    assert json.loads((tmp_path / "results.json").read_text())["run"]["id"] == "the-second-run"


@pytest.mark.parametrize(("step", "left"), [(1, []), (2, []), (3, []), (4, ["index.html"])])
def test_however_early_it_is_killed_no_results_are_there_without_a_page(results, tmp_path, step, left):
    code = (
        "import itertools, json, os, pathlib, sys\n"
        "from dapr_conformance.reporting import write_all\n"
        "source, folder, step = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])\n"
        "given, steps = json.loads(source.read_text()), itertools.count(1)\n"
        "def killed_at(do):\n"
        "    return lambda *a, **k: os._exit(9) if next(steps) == step else do(*a, **k)\n"
        "pathlib.Path.write_text = killed_at(pathlib.Path.write_text)\n"
        "pathlib.Path.replace = killed_at(pathlib.Path.replace)\n"
        "write_all(given, folder)\n"
    )
    source = tmp_path / "given.json"
    source.write_text(json.dumps(results))
    folder = tmp_path / "report"
    argv = [sys.executable, "-c", code, str(source), str(folder), str(step)]
    done = subprocess.run(argv, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 9
    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == left


def test_a_folder_that_cannot_be_written_says_so_and_what_to_do(results, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BlockedError) as caught:
        write_all(results, tmp_path / "file" / "dapr-report")
    assert str(tmp_path / "file" / "dapr-report" / "results.json") in caught.value.problem
    assert "--dapr-report" in caught.value.advice


def test_a_file_that_cannot_be_replaced_leaves_nothing_half_written(results, tmp_path):
    (tmp_path / "index.html" / "in_the_way").mkdir(parents=True)
    with pytest.raises(BlockedError, match=r"index\.html"):
        write_all(results, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_run_that_was_killed_before_it_told_anything_has_a_report(tmp_path):
    page = write_all({"run": {"exit_status": None}, "notes": ["pytest died before the end"]}, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "INCONCLUSIVE" in text
    assert "pytest died before the end" in text
