"""Mistakes in files and options that are told before anything starts: one file in `corpus/` is one case.

A case changes the project `notes`, and says what a person must be told. Its keys:

    about       why this is a mistake, in a sentence
    files       what is written, by path: a text, null to remove, or {fifo: true}, {folder: true}, {link: to},
                {mode: 0}, {hex: bytes}, {repeat: text, times: n, tail: text}
    edit        what is replaced, by path: [old text, new text]
    options     beside --dapr-target=notes, or with another one, or with `--dapr-target` alone for none
    env         environment variables
    expect      offender, at (file:line, or null), allowed (all of a closed list's words, or null), advice, status:
                4 refused, 1 a failed row of the report, 0 a note and the run goes on
    end_to_end  true: also by a real `pytest`, whose exit status and report count; only: only so
    report      false where no report can be written
    needs       a module without which the case means nothing
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from dapr_conformance import options
from dapr_conformance.errors import UsageError
from dapr_conformance.exit_status import exit_status
from dapr_conformance.run import Run

CORPUS = Path(__file__).parent / "corpus"
NOTES = Path(__file__).parent.parent / "projects" / "notes"


@dataclass(frozen=True)
class Case:
    about: str
    expect: dict[str, Any]
    files: dict[str, Any] = field(default_factory=dict)
    edit: dict[str, tuple[str, str]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    end_to_end: bool | str = False
    report: bool = True
    needs: str = ""

    @property
    def arguments(self) -> list[str]:
        target = [] if any(each.startswith("--dapr-target") for each in self.options) else ["--dapr-target=notes"]
        return [*target, *(each for each in self.options if each != "--dapr-target")]


@dataclass(frozen=True)
class Said:
    """What a person is told: `where` is file, line and column as far as known."""

    what: str
    where: str
    allowed: str
    advice: str
    status: int


def case_of(path: Path) -> Case:
    return Case(**yaml.safe_load(path.read_text(encoding="utf-8")))


CASES = {str(path.relative_to(CORPUS).with_suffix("")): case_of(path) for path in sorted(CORPUS.rglob("*.yaml"))}
INSIDE = [name for name, case in CASES.items() if case.end_to_end != "only"]
END_TO_END = [name for name, case in CASES.items() if case.end_to_end]


def build(case: Case, folder: Path) -> None:
    shutil.copytree(NOTES, folder, dirs_exist_ok=True)
    for path, content in case.files.items():
        put(folder / path, content)
    for path, (old, new) in case.edit.items():
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        (folder / path).write_text(text.replace(old, new), encoding="utf-8")


def put(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    match content:
        case str():
            path.write_bytes(content.encode())
        case {"hex": digits}:
            path.write_bytes(bytes.fromhex(digits))
        case {"repeat": text, "times": times, **rest}:
            path.write_text(text * times + rest.get("tail", ""))
        case {"link": to}:
            path.symlink_to(to)
        case {"folder": True}:
            path.mkdir()
        case {"fifo": True}:
            os.mkfifo(path)
        case {"mode": mode}:
            path.touch(mode)


def run_inside(case: Case, folder: Path) -> Said:
    """Parse and load as the plugin does before anything starts."""
    given = [argument.removeprefix("--").partition("=") for argument in case.arguments]
    try:
        parsed = options.parse({flag.replace("-", "_"): value for flag, _, value in given})
        run = Run(parsed, folder, "pytest")
        run.load()
    except UsageError as error:
        return Said(error.problem, str(error.location or ""), ", ".join(error.allowed), error.advice, error.exit_status)
    status = exit_status(run.ledger.rows, pytest_status=0, selected=0, user_failures=0)
    failed = [of_row(row, status) for row in run.ledger.rows]
    noted = [Said(note, note if note.startswith(str(folder)) else "", "", note, status) for note in run.ledger.notes]
    return next(said for said in failed + noted if case.expect["offender"] in said.what)


def of_row(row: Any, status: int) -> Said:
    where = "{file}:{line}".format(**row.location)
    return Said(f"{row.reason}\n{row.actual}", where, row.expected, row.expected, status)


def check(said: Said, expect: dict[str, Any], folder: Path) -> None:
    assert set(expect) == {"offender", "at", "allowed", "advice", "status"}, "a case says all of it"
    assert expect["offender"] in said.what
    where = f"{folder}/{expect['at']}" if expect["at"] else ""
    assert said.where.startswith(where)
    assert said.where[len(where) :][:1] in ("", ":") if where else not said.where
    assert [word for word in expect["allowed"] or () if word not in said.allowed] == []
    assert expect["allowed"] or not said.allowed
    assert expect["advice"]
    assert expect["advice"] in said.advice.replace(str(folder), ".")
    assert said.status == expect["status"]


@pytest.mark.parametrize("name", INSIDE)
def test_a_mistake_is_told(name, tmp_path, monkeypatch):
    case, folder = CASES[name], tmp_path / "repo"
    build(case, folder)
    closed = [path for path, content in case.files.items() if isinstance(content, dict) and "mode" in content]
    if any(os.access(folder / path, os.R_OK) for path in closed):
        pytest.skip("this user may read every file")
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's own ~/.dapr
    for variable, value in case.env.items():
        monkeypatch.setenv(variable, value)
    check(run_inside(case, folder), case.expect, folder)


@pytest.mark.parametrize("name", END_TO_END)
def test_a_mistake_ends_a_run_with_a_report(name, repo):
    case = CASES[name]
    if case.needs:
        pytest.importorskip(case.needs)
    build(case, repo.folder)
    result = repo.run(*case.arguments, **case.env)
    assert result.status == case.expect["status"], result.out
    assert "Traceback" not in result.out
    assert not (repo.folder / "busy").exists(), "nothing may start"
    shown = result.out.replace(str(repo.folder), ".")
    said = [case.expect["offender"], case.expect["advice"], case.expect["at"] or "", *(case.expect["allowed"] or ())]
    assert [words for words in said if words not in shown] == []
    assert case.report == (result.results is not None)
    if case.report:
        reported(result)


def reported(result: Any) -> None:
    assert result.results["run"]["exit_status"] == result.status
    assert result.results["checks"] == []
    assert (result.report / "index.html").exists()
    assert result.results["notes"][-1].splitlines()[0] in result.out


def test_the_corpus_is_not_lost():
    assert len(CASES) >= 70
    assert len(END_TO_END) >= 10
