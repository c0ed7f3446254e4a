"""Whole runs of `orders`: how long they and their checks take, whether all pass, and what they leave behind.

Usage: python benchmarks/first_light.py [RUNS] [MORE OPTIONS OF PYTEST]. Prints one line per run and the spread.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ORDERS = Path(__file__).parent.parent / "examples" / "orders"


def leftovers(temporary: Path) -> list[str]:
    """Give what is left of a run with this temporary folder: pids and folders."""
    mark = f"TMPDIR={temporary}".encode()
    processes = [process.name for process in Path("/proc").glob("[0-9]*") if mark in environment_of(process)]
    return processes + [path.name for path in temporary.iterdir()]


def environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def run(report: Path, temporary: Path, options: list[str]) -> tuple[int, float, dict[str, object]]:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "--dapr-target=orders", f"--dapr-report={report}", "-q", *options]
    env = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(command, cwd=ORDERS, env=env, capture_output=True, check=False)
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    return done.returncode, time.monotonic() - began, results


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    walls: list[float] = []
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as report, tempfile.TemporaryDirectory() as temporary:
            status, wall, results = run(Path(report), Path(temporary), sys.argv[2:])
            left = leftovers(Path(temporary))
        walls.append(wall)
        verdicts = {check["id"]: check["verdict"] for check in results["checks"]}
        slow = ", ".join(f"{check['id'].split('/')[-1]} {check['duration_s']:.1f}" for check in results["checks"])
        unhappy = {name: verdict for name, verdict in verdicts.items() if verdict != "passed"}
        print(f"run {number}: exit {status}, {wall:.1f} s; {slow}; not passed: {unhappy}; left: {left}")
    print(f"wall: median {statistics.median(walls):.1f} s, {min(walls):.1f} to {max(walls):.1f} s over {runs} runs")


if __name__ == "__main__":
    main()
