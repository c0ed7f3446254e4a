"""First verdict, environment start and the whole run of `orders`, taken from its own report; and repeated runs.

Usage: python benchmarks/first_light.py [RUNS]. Prints one line per run and the spread; leftovers are processes that
still carry a run's mark.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ORDERS = Path(__file__).parent.parent / "examples" / "orders"
MARK = b"DAPR_CONFORMANCE_RUN="


def leftovers() -> list[str]:
    return [process.name for process in Path("/proc").glob("[0-9]*") if MARK in environment_of(process)]


def environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def run(report: Path) -> tuple[int, float, dict[str, object]]:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "--dapr-target=orders", f"--dapr-report={report}", "-q"]
    done = subprocess.run(command, cwd=ORDERS, capture_output=True, check=False)
    results = json.loads((report / "results.json").read_text(encoding="utf-8"))
    return done.returncode, time.monotonic() - began, results


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    walls: list[float] = []
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            status, wall, results = run(Path(folder))
        walls.append(wall)
        verdicts = {check["id"]: check["verdict"] for check in results["checks"]}
        slow = ", ".join(f"{check['id'].split('/')[-1]} {check['duration_s']:.1f}" for check in results["checks"])
        unhappy = {name: verdict for name, verdict in verdicts.items() if verdict != "passed"}
        print(f"run {number}: exit {status}, {wall:.1f} s; {slow}; not passed: {unhappy}; leftovers: {leftovers()}")
    print(f"wall: median {statistics.median(walls):.1f} s, {min(walls):.1f} to {max(walls):.1f} s over {runs} runs")


if __name__ == "__main__":
    main()
