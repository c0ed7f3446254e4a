"""What Go's YAML reader makes of a scalar without quotes: the Dapr CLI and daprd both read through it.

Source: YAML 1.1 as `gopkg.in/yaml.v2` resolves it. Into a text field the CLI puts the scalar as written; daprd
reads by way of JSON, so there a number or a boolean has lost its spelling before it becomes text.
"""

from __future__ import annotations

import math
import re

_TRUE = frozenset(spelt for word in ("y", "yes", "true", "on") for spelt in (word, word.title(), word.upper()))
_FALSE = frozenset(spelt for word in ("n", "no", "false", "off") for spelt in (word, word.title(), word.upper()))
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_BASED = re.compile(r"([-+]?)0(?:[xX](?P<x>[0-9a-fA-F]+)|[bB](?P<b>[01]+)|[oO]?(?P<o>[0-7]+))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BITS = 63


def boolean(text: str) -> bool | None:
    """Give the boolean that an unquoted scalar is to Go; None if it is none."""
    return text in _TRUE if text in _TRUE | _FALSE else None


def integer(text: str) -> int | None:
    """Give the 64-bit whole number that Go reads where it wants one: `010` is 8, `8_080` 8080, `1.9` 1; else None."""
    number = _whole(text)
    if number is None and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        number = int(float(text))
    return number if number is not None and -(1 << _BITS) <= number < 1 << _BITS else None


def as_text(text: str) -> str:
    """Give the text that daprd has where a resource file has this unquoted scalar: `0123` is 83, `yes` is true."""
    truth, whole = boolean(text), _whole(text)
    if truth is not None:
        return "true" if truth else "false"
    if whole is not None:
        return str(whole)
    # From 1e6 on Go writes an exponent where Python does not; what such a text means is the same.
    return repr(float(text)).removesuffix(".0") if _FLOAT.fullmatch(text) else text


def is_text(text: str) -> bool:
    """Tell whether an unquoted scalar is text to Go, and neither a number nor a boolean."""
    return boolean(text) is None and _whole(text) is None and not _FLOAT.fullmatch(text)


def _whole(text: str) -> int | None:
    digits = text.replace("_", "")
    if len(digits) > _BITS + 3:
        return None
    if _DECIMAL.fullmatch(digits):
        return int(digits)
    based = _BASED.fullmatch(digits)
    if based is None:
        return None
    bases = {"x": 16, "b": 2, "o": 8}
    name = based.lastgroup or "o"
    return int(based[1] + based[name], bases[name])
