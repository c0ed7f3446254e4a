"""One line of the manifest that is proposed: what it says, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Proposal:
    """The value of one key, as ("state", "entity", "save"); `origin` says where it comes from and what was seen of it.

    One that is not `sure` stands as a comment: it did not work when it was tried.
    """

    key: tuple[str, ...]
    value: Any
    origin: str
    sure: bool = True
