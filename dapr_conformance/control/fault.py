"""What a planted fault is: a sentence, and what takes the right step's place at each seam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Make = Callable[[Callable[..., Any], Mapping[str, Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Fault:
    """What is wrong, in a sentence, and what takes the right step's place at each seam; `arguments` are defaults."""

    sentence: str
    parts: Mapping[str, Make]
    arguments: Mapping[str, Any] = field(default_factory=dict)
