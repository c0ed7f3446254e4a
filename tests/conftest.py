"""A user's repo in a temporary folder and real pytest runs in it, as a person would type them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import pytest

# A shell's background job ignores SIGINT, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
ROOT = Path(__file__).resolve().parents[1]
PROJECTS = Path(__file__).parent / "projects"
INSTALLED = any(point.value == "dapr_conformance.plugin" for point in metadata.entry_points(group="pytest11"))
DEADLINE_S = 120


@dataclass(frozen=True)
class Result:
    """How a run ended: exit status, what the terminal showed, and results.json (None without a report)."""

    status: int
    out: str
    results: dict | None
    report: Path

    @property
    def verdicts(self) -> dict[str, str]:
        return {row["id"]: row["verdict"] for row in self.results["checks"]}

    def row(self, part: str) -> dict:
        """Give the one row whose id contains the text."""
        (found,) = [row for row in self.results["checks"] if part in row["id"]]
        return found


class Repo:
    """A user's repo; `tmp` is the temporary folder of its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repo"
        self.tmp = folder / "tmp"
        self.package: Path | None = None if INSTALLED else ROOT
        self.processes: list[subprocess.Popen[str]] = []
        self.before: tuple[str, ...] = ()  # words in front of every command line
        self.tmp.mkdir()
        self.folder.mkdir()

    def project(self, name: str) -> Repo:
        """Copy a project of tests/projects here, on a port of its own."""
        self.project_files(name)
        self.port = free_port()
        self.edit("dapr.yaml", "8101", str(self.port))
        return self

    def project_files(self, name: str) -> None:
        """Copy a project of tests/projects here as it is."""
        shutil.copytree(PROJECTS / name, self.folder, dirs_exist_ok=True)

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))

    def start(self, *args: str, **env: str | None) -> subprocess.Popen[str]:
        """Start `pytest` with these arguments, in its own process group as a shell would; None unsets a variable."""
        plugin = [] if INSTALLED else ["-p", "dapr_conformance.plugin"]
        return self._start(["-m", "pytest", *plugin, *args], env)

    def command(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Start `dapr-conformance` with these arguments."""
        return self._start(["-c", "from dapr_conformance.cli import main; raise SystemExit(main())", *args], env)

    def _start(self, argv: list[str], env: Mapping[str, str | None]) -> subprocess.Popen[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHONPATH", "COLUMNS"))}
        path = {"PATH": f"{Path(sys.executable).parent}:{clean['PATH']}", "TMPDIR": str(self.tmp)}
        package = {"PYTHONPATH": str(self.package)} if self.package else {}
        process = subprocess.Popen(
            [*self.before, sys.executable, *argv],
            cwd=self.folder,
            env={name: value for name, value in {**clean, **path, **package, **env}.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[str]) -> Result:
        """Wait for a run's end, and for the end of everything that it started."""
        result = self.end_one(process)
        until(lambda: not self.left(), "nothing of the run is left")
        file = result.report / "results.json"  # of a run that was killed it is written last
        return replace(result, results=json.loads(file.read_text()) if file.exists() else None)

    def end_one(self, process: subprocess.Popen[str]) -> Result:
        """Wait for the end of one of several runs."""
        out, _ = process.communicate(timeout=DEADLINE_S)
        named = [line.removeprefix("report: ").strip() for line in out.splitlines() if line.startswith("report: ")]
        report = Path(named[-1]).parent if named else self.folder / "dapr-report"
        file = report / "results.json"
        results = json.loads(file.read_text()) if file.exists() else None
        return Result(process.returncode, out, results, report)

    def run(self, *args: str, **env: str | None) -> Result:
        return self.end(self.start(*args, **env))

    def left(self) -> dict[int, str]:
        """Give living processes of this repo's runs: they all inherit its temporary folder's name."""
        mark = f"TMPDIR={self.tmp}".encode()
        return {pid: words for pid, words in processes(mark).items() if pid not in {p.pid for p in self.processes}}

    def find(self, *words: str) -> int:
        """Wait for a process of this repo's run whose command line has all of the words; gives its pid."""

        def found() -> list[int]:
            return [pid for pid, command in self.left().items() if all(word in command for word in words)]

        until(found, f"a process {words}")
        return found()[0]

    def busy(self) -> None:
        """Wait until a check has sent the app something."""
        until((self.folder / "busy").exists, "the app is busy")

    def folders(self) -> list[str]:
        return [path.name for path in self.tmp.glob("dapr-conformance-*")]


def processes(mark: bytes) -> dict[int, str]:
    """Give command lines by pid of living processes whose environment has the mark."""
    return {int(folder.name): words for folder in Path("/proc").glob("[0-9]*") if (words := marked(folder, mark))}


def marked(folder: Path, mark: bytes) -> str:
    try:
        carries = mark in (folder / "environ").read_bytes().split(b"\0")
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode() if carries else ""
    except OSError:  # it ended while we looked, or is another user's
        return ""


def until(observe: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S / 2
    while not observe():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def another_port() -> int:
    """Give a port for a second app."""
    return free_port()


@pytest.fixture
def repo(tmp_path: Path) -> Iterator[Repo]:
    made = Repo(tmp_path)
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    until(lambda: not made.left(), "the run's processes end")


@pytest.fixture
def notes(repo: Repo) -> Repo:
    """Give a repo with the app `notes`, which is conformant."""
    return repo.project("notes")


@pytest.fixture
def junit() -> Callable[[Path], dict[str, str]]:
    """Give a reader of JUnit files: outcome by the case's id (failure, error, skipped or passed)."""

    def read(path: Path) -> dict[str, str]:
        cases = ET.parse(path).getroot().iter("testcase")
        return {case.get("name"): next((c.tag for c in case if c.tag != "properties"), "passed") for case in cases}

    return read
