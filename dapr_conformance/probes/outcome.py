"""How one part of a check ends: the exceptions that a check raises and the frozen outcome made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dapr_conformance.building_blocks.http import Reply
from dapr_conformance.errors import Location
from dapr_conformance.verdict import Attribution, Evidence, Verdict
from dapr_conformance.warden.protocol import Exchange


class Violation(AssertionError):  # noqa: N818 - it is an outcome, not an error
    """The requirement does not hold: what was expected, what happened, and the calls that show it.

    `attribution` and `location` are set only where the finding is static: it is then attributed by where it
    stands, without the ladder. `warned` marks what is reported without failing.
    """

    def __init__(
        self,
        expected: str,
        actual: str,
        *,
        calls: Sequence[Reply | Exchange] = (),
        attribution: Attribution | None = None,
        location: Location | None = None,
        warned: bool = False,
    ) -> None:
        self.expected = expected
        self.actual = actual
        self.calls = tuple(calls)
        self.attribution = attribution
        self.location = location
        self.warned = warned
        self.names: tuple[str, ...] = ()  # those of the example, by which log lines are found
        super().__init__(f"expected {expected}; actual {actual}")


class Unsupported(Exception):  # noqa: N818 - it is an outcome, not an error
    """Nothing of the kind is offered or declared; `enable` is the line that would change that."""

    def __init__(self, reason: str, enable: str = "") -> None:
        self.reason = reason
        self.enable = enable
        super().__init__(reason)


class Inconclusive(Exception):  # noqa: N818 - it is an outcome, not an error
    """The stimulus was sent but its trigger never happened, or the check could not look."""


@dataclass(frozen=True)
class Outcome:
    """How one part ended. `example` is the minimal failing case as JSON-able data (None where there is none)."""

    part: str
    verdict: Verdict
    reason: str = ""
    expected: str = ""
    actual: str = ""
    example: Any = None
    has_example: bool = False
    examples: int = 0
    attribution: Attribution | None = None
    location: Location | None = None
    enable: str = ""
    evidence: tuple[Evidence, ...] = ()
    seconds: float = 0.0
    harness_fault: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)
