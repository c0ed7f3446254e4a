"""Apps, files and machines that misbehave while a run is under way: one file in `apps/` is one case.

A case starts a real run of the project `notes`, in which one check (`CHECK`) saves a note and reads it. Its keys:

    about    what misbehaves, in a sentence
    app      the arguments of `misbehaving.py`, which runs in the place of the app
    command  or what `command:` in dapr.yaml is
    files    what is written, by path: a text
    mode     permissions of files, by path
    options  beside those that every case has
    env      environment variables of the run; null unsets one
    tmp      the name of the temporary folder of the run; `none` for one that is not there
    taken    true: another program listens on the app's port
    mount    a shell line that mounts something over the project, in a mount namespace of the run's own
    expect   row (part of its id), verdict, attribution, at (file:line, or null), says (texts of the terminal), status,
             check: the verdict of the check; no row: none but the check's own; report: false where none can be written

In `says` and `env` stand {port}, the app's, {another}, a free one, {folder} and {cache}; in `app` {another}.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from dapr_conformance.runtime.cache import default_root

APPS = Path(__file__).parent / "apps"
ENTRY = '["python", "app.py"]'
CHECK = '''
from dapr_conformance import Violation, requirement

PATH = "/v1.0/invoke/notes/method/notes/n"

@requirement("A saved note MUST be shown.", title="Notes", block="state", vantage="app", source="the app's own")
def test_shows_notes(check):
    """Judge one note."""
    check.once("a note is shown", shown)


def shown(check):
    saved = check.api.call("PUT", PATH, body=b'{"text":"t"}', timeout_s=3)
    if saved.status not in (200, 201):
        raise Violation("a saved note", str(saved))
    read = check.api.call("GET", PATH, timeout_s=3)
    if b'"t"' not in read.body:
        raise Violation("the note", str(read))
'''
CALM = ("test_notes.py", "--dapr-examples=1", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Case:
    about: str
    expect: dict[str, Any]
    app: tuple[Any, ...] | None = None
    command: Any = None
    files: dict[str, str] = field(default_factory=dict)
    mode: dict[str, int] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    env: dict[str, str | None] = field(default_factory=dict)
    tmp: str | None = None
    taken: bool = False
    mount: str | None = None


def case_of(path: Path) -> Case:
    return Case(**yaml.safe_load(path.read_text(encoding="utf-8")))


CASES = {str(path.relative_to(APPS).with_suffix("")): case_of(path) for path in sorted(APPS.rglob("*.yaml"))}


def build(case: Case, repo: Any, another: int) -> None:
    words = case.command
    if case.app is not None:
        words = ["python", "misbehaving.py", *(str(word).replace("{another}", str(another)) for word in case.app)]
    if words is not None:
        repo.edit("dapr.yaml", ENTRY, yaml.safe_dump(words, default_flow_style=True, width=9999).removesuffix("...\n"))
    shutil.copy(Path(__file__).with_name("misbehaving.py"), repo.folder)
    repo.write("test_notes.py", CHECK)
    for path, text in case.files.items():
        repo.write(path, text)
    for path, mode in case.mode.items():
        (repo.folder / path).chmod(mode)


def place(case: Case, repo: Any) -> None:
    """Put the run where the case wants it."""
    if case.tmp is not None:
        repo.tmp = repo.folder.parent / case.tmp
        if case.tmp != "none":
            repo.tmp.mkdir(parents=True)
    if case.mount is not None:
        repo.before = ("unshare", "-m", "sh", "-c", f'{case.mount} && exec "$@"', "sh")
        tried = subprocess.run([*repo.before, "true"], cwd=repo.folder, capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")


def listener(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


@pytest.mark.parametrize("name", CASES)
def test_what_misbehaves_is_told(name, notes, another_port):
    case = CASES[name]
    build(case, notes, another_port)
    place(case, notes)
    known = {"port": notes.port, "another": another_port, "folder": notes.folder, "cache": default_root()}
    env = {name: value and value.format(**known) for name, value in case.env.items()}
    with listener(notes.port) if case.taken else contextlib.nullcontext():
        result = notes.run("--dapr-target=notes", *CALM, *case.options, **env)
    assert notes.folders() == []
    assert "INTERNALERROR" not in result.out
    assert "Traceback" not in result.out
    assert result.status == case.expect["status"], result.out
    said = " ".join(result.out.split())
    assert [text for text in case.expect.get("says", ()) if text.format(**known) not in said] == [], result.out
    assert case.expect.get("report", True) == (result.results is not None)
    if result.results is not None:
        reported(case.expect, result, notes.folder)


def reported(expect: dict[str, Any], result: Any, folder: Path) -> None:
    assert result.results["run"]["exit_status"] == result.status
    assert (result.report / "index.html").exists()
    others = [row for row in result.results["checks"] if "shows_notes" not in row["id"]]
    assert [row["id"] for row in others if expect.get("row", " ") not in row["id"]] == []
    if expect.get("check") is not None:
        assert result.row("shows_notes")["verdict"] == expect["check"]
    if "row" in expect:
        row = result.row(expect["row"])
        assert (row["verdict"], row["attribution"]) == (expect["verdict"], expect["attribution"])
        assert placed(row, folder) == expect["at"]


def placed(row: dict[str, Any], folder: Path) -> str | None:
    if row["location"] is None:
        return None
    return f"{Path(row['location']['file']).relative_to(folder)}:{row['location']['line']}"


def test_the_cases_are_not_lost():
    assert len(CASES) >= 30
