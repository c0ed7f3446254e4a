"""Dapr version numbers, as the releases are named, and the lines that are supported."""

from __future__ import annotations

import re

from dapr_conformance.errors import UsageError

DEFAULT = "1.18.2"
FORM = r"(\d+)\.(\d+)\.(\d+)"
LINES = ("1.14", "1.15", "1.16", "1.17", "1.18")  # the oldest is the first with a scheduler


def parse(version: str) -> tuple[int, int, int]:
    """Give the three numbers of a Dapr version such as `1.18.2`.

    Raises:
        UsageError: the text is not three numbers with dots.

    """
    found = re.fullmatch(FORM, version)
    if not found:
        raise UsageError(
            f"{version!r} is not a Dapr version.",
            advice=f"Write it as three numbers with dots and without a leading v, for example {DEFAULT}.",
        )
    return int(found[1]), int(found[2]), int(found[3])


def line_of(version: str) -> str:
    """Give the line (major and minor number) that a version belongs to: `1.18` for `1.18.2`."""
    major, minor, _ = parse(version)
    return f"{major}.{minor}"


def supported(version: str) -> str:
    """Give the version back if apps can be judged beside it; one that is newer than all lines known here can.

    Raises:
        UsageError: the text is no version, or the version is older than the oldest line.

    """
    if parse(version) < parse(f"{LINES[0]}.0"):
        raise UsageError(
            f"Dapr {version} is not supported: it is older than {LINES[0]}.0, the first with a scheduler.",
            allowed=[f"{line}.x" for line in LINES],
        )
    return version
