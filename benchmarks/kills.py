"""SIGKILL at random moments, of pytest, the warden, the app or daprd: what is left, and is there a valid report.

Usage: python benchmarks/kills.py [TIMES]. Judges tests/projects/notes; every kill is printed.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import jsonschema

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "tests" / "projects" / "notes"
SCHEMA = json.loads((ROOT / "reports" / "results.schema.json").read_text(encoding="utf-8"))
VICTIMS = {"pytest": "-m pytest", "warden": "dapr_conformance.warden", "app": "app.py", "daprd": "--app-id"}
LONGEST_S = 8.0
ENDED_S = 90.0


@dataclass
class Kill:
    """How one run ended."""

    victim: str
    after_s: float
    header: bool
    left: list[str]
    folders: list[str]
    report: str

    @property
    def wrong(self) -> bool:
        """Whether something is left, or the report is not there or not whole."""
        return bool(self.left or self.folders or (self.header and not self.report.startswith("exit status")))


def running(folder: Path) -> dict[int, str]:
    """Give the command lines of living processes of runs with this temporary folder, by pid."""
    mark = f"TMPDIR={folder}".encode()
    found = {int(one.name): text_of(one / "cmdline") for one in Path("/proc").glob("[0-9]*") if mark in raw(one)}
    return {pid: words for pid, words in found.items() if words}


def raw(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def text_of(file: Path) -> str:
    try:
        return file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def kill_once(root: Path, victim: str, after_s: float) -> Kill:
    repo, temporary = root / "repo", root / "tmp"
    shutil.copytree(PROJECT, repo)
    temporary.mkdir()
    command = [sys.executable, "-m", "pytest", "--dapr-target=notes", "--dapr-examples=30", "-k", "state"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    with (root / "out").open("wb") as out:
        run = subprocess.Popen(command, cwd=repo, env=env, stdout=out, stderr=subprocess.STDOUT)
        time.sleep(after_s)
        kill(victim, temporary)
        run.wait(ENDED_S)
    deadline = time.monotonic() + ENDED_S
    while running(temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    header = b"dapr: judging" in (root / "out").read_bytes()
    folders = [path.name for path in temporary.iterdir()]
    return Kill(victim, after_s, header, [*running(temporary).values()], folders, report_of(repo))


def kill(victim: str, temporary: Path) -> None:
    for pid, words in running(temporary).items():
        if VICTIMS[victim] in words:
            os.kill(pid, signal.SIGKILL)
            return


def report_of(repo: Path) -> str:
    file = repo / "dapr-report" / "results.json"
    if not file.exists():
        return "none"
    results = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(results, SCHEMA)
    page = (repo / "dapr-report" / "index.html").exists()
    return f"exit status {results['run']['exit_status']}" if page else "no page"


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    bad = 0
    for number in range(1, times + 1):
        victim = random.choice(list(VICTIMS))  # noqa: S311 - a victim, not a secret
        after = random.uniform(0.3, LONGEST_S)  # noqa: S311 - a moment, not a secret
        with tempfile.TemporaryDirectory() as folder:
            found = kill_once(Path(folder), victim, after)
        bad += found.wrong
        print(f"{number}: {'WRONG ' if found.wrong else ''}{found}", flush=True)
    print(f"{times - bad} of {times} kills left nothing, and a valid report wherever the header was printed")


if __name__ == "__main__":
    main()
