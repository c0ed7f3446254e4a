"""When two JSON values are the same for Dapr's HTTP API, which reads numbers as 64-bit floats.

Rule: encoding/json of Go decodes into `any`: integers beyond 2^53 lose digits, lone surrogates become U+FFFD.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def same(sent: Any, got: Any) -> bool:
    """Tell whether `got` is what must be read back after `sent` was stored over HTTP."""
    if isinstance(sent, bool) or isinstance(got, bool) or sent is None or got is None:
        return sent is got
    if isinstance(sent, (int, float)) and isinstance(got, (int, float)):
        return _float(sent) == _float(got)
    if isinstance(sent, str) and isinstance(got, str):
        return _text(sent) == _text(got)
    if isinstance(sent, list) and isinstance(got, list):
        return len(sent) == len(got) and all(same(a, b) for a, b in zip(sent, got, strict=True))
    if isinstance(sent, dict) and isinstance(got, dict):
        return _same_objects(sent, got, same)
    return False


def equal(sent: Any, got: Any) -> bool:
    """Tell whether two JSON values are the same, integers to their last digit.

    So arrives what is published over HTTP: daprd keeps numbers there as they are written.
    """
    if isinstance(sent, int) and isinstance(got, int):
        return sent == got and isinstance(sent, bool) == isinstance(got, bool)
    if isinstance(sent, list) and isinstance(got, list):
        return len(sent) == len(got) and all(equal(a, b) for a, b in zip(sent, got, strict=True))
    if isinstance(sent, dict) and isinstance(got, dict):
        return _same_objects(sent, got, equal)
    return same(sent, got)


def contains(sent: dict[str, Any], got: Any) -> bool:
    """Tell whether the object `got` shows every field of `sent` with the same value; more fields are allowed."""
    if not isinstance(got, dict):
        return False
    return all(name in got and same(value, got[name]) for name, value in sent.items())


def _same_objects(sent: dict[str, Any], got: dict[str, Any], alike: Callable[[Any, Any], bool]) -> bool:
    wanted = {_text(key): value for key, value in sent.items()}
    found = {_text(key): value for key, value in got.items()}
    return wanted.keys() == found.keys() and all(alike(value, found[key]) for key, value in wanted.items())


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
