"""SIGKILL of pytest at random moments: what is left running, what is left in the temporary folder, is there a report.

Usage: python benchmarks/kills.py [TIMES]. Judges tests/projects/notes; every kill is printed.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "tests" / "projects" / "notes"
LONGEST_S = 6.0
ENDED_S = 10.0


def running(folder: Path) -> list[str]:
    mark = f"TMPDIR={folder}".encode()
    return [process.name for process in Path("/proc").glob("[0-9]*") if mark in environment_of(process)]


def environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def kill_once(root: Path, after_s: float) -> tuple[bool, list[str], list[str], str]:
    repo, temporary = root / "repo", root / "tmp"
    shutil.copytree(PROJECT, repo)
    temporary.mkdir()
    command = [sys.executable, "-m", "pytest", "--dapr-target=notes", "--dapr-examples=2000"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    with (root / "out").open("wb") as out:
        run = subprocess.Popen(command, cwd=repo, env=env, stdout=out, stderr=subprocess.STDOUT)
        time.sleep(after_s)
        run.kill()
        run.wait()
    deadline = time.monotonic() + ENDED_S
    while running(temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    header = b"dapr: judging" in (root / "out").read_bytes()
    folders = [path.name for path in temporary.iterdir()]
    return header, running(temporary), folders, report_of(repo)


def report_of(repo: Path) -> str:
    file = repo / "dapr-report" / "results.json"
    if not file.exists():
        return "none"
    page = (repo / "dapr-report" / "index.html").exists()
    return f"exit_status {json.loads(file.read_text(encoding='utf-8'))['run']['exit_status']}, page {page}"


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    bad = 0
    for number in range(1, times + 1):
        after = random.uniform(0.3, LONGEST_S)  # noqa: S311 - a moment, not a secret
        with tempfile.TemporaryDirectory() as folder:
            header, left, folders, report = kill_once(Path(folder), after)
        wrong = bool(left or folders or (header and report == "none"))
        bad += wrong
        print(
            f"{number}: killed after {after:.2f} s, header {header}; running {left}; folders {folders}; report {report}"
        )
    print(f"{times - bad} of {times} kills left nothing, and a report wherever the header was printed")


if __name__ == "__main__":
    main()
