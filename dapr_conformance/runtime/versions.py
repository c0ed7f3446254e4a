"""Dapr version numbers, as the releases are named."""

from __future__ import annotations

import re

from dapr_conformance.errors import UsageError

DEFAULT = "1.18.2"

_FORM = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def parse(version: str) -> tuple[int, int, int]:
    """Give the three numbers of a Dapr version such as `1.18.2`.

    Raises:
        UsageError: the text is not three numbers with dots.

    """
    found = _FORM.fullmatch(version)
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
