"""What importing the plugin adds to a pytest run without a target, in milliseconds (budget: 30).

Usage: python benchmarks/plugin_import.py [RUNS]. Each run is a fresh interpreter that has pytest already; the same
interpreter then imports `hypothesis`, the largest thing that the plugin must not import, for comparison.
"""

import statistics
import subprocess
import sys

SCRIPT = """
import pytest, time
began = time.perf_counter()
import dapr_conformance.plugin
plugin = time.perf_counter()
import hypothesis
print((plugin - began) * 1000, (time.perf_counter() - plugin) * 1000)
"""


def main() -> None:
    """Print the medians and their ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rows = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
        rows.append([float(word) for word in done.stdout.split()])
    plugin, hypothesis = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"plugin {plugin:.1f} ms, hypothesis {hypothesis:.1f} ms: ratio {plugin / hypothesis:.2f} over {runs} runs")


if __name__ == "__main__":
    main()
