"""Text of the app under test, made safe to look at: nothing hides, nothing reorders, nothing is endless."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Control characters but tab and newline, invisible and reordering ones (UAX #9), variation selectors,
# interlinear marks, lone surrogates and tags. Spelt out instead of asked from `unicodedata`, whose answer
# changes with the Python version, so that one results.json gives one page everywhere.
HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff"
    "\\ud800-\\udfff\\U000e0000-\\U000e0fff]+"
)

HEAD = 4096
TAIL = 1024


@dataclass(frozen=True)
class Excerpt:
    """The two ends of a text: `omitted` characters lie between; `length` is the true one in bytes."""

    head: str
    tail: str
    omitted: int
    length: int


def escaped(run: str) -> str:
    r"""Spell each character of `run` as `\x1b`, `\u202e` or `\U000e0001`."""
    return "".join(_spelt(ord(character)) for character in run)


def _spelt(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def printable(text: str) -> str:
    """Give `text` with every hidden character spelt out; tabs and newlines stay."""
    return HIDDEN.sub(lambda found: escaped(found[0]), text)


def excerpt(text: str, length: int | None = None, head: int = HEAD, tail: int = TAIL) -> Excerpt:
    """Cut `text` to `head` and `tail` characters; `length` is its true size in bytes where it was cut before."""
    true = len(text.encode("utf-8", "surrogatepass")) if length is None else length
    if len(text) <= head + tail:
        return Excerpt(text, "", 0, true)
    return Excerpt(text[:head], text[-tail:], len(text) - head - tail, true)


def shortened(text: str, limit: int = 400) -> str:
    """Give at most `limit` characters of `text` on the printable form, with the number left out."""
    cut = excerpt(text, head=limit, tail=0) if len(text) > limit else None
    return f"{printable(cut.head)} … {cut.omitted:,} more characters" if cut else printable(text)


def body_bytes(body: Any) -> bytes:
    """Give the bytes of an exchange's body: a text (its UTF-8 bytes), `{"base64": text}` for other bytes, or None."""
    if isinstance(body, Mapping):
        return _decoded(str(body.get("base64", "")))
    return ("" if body is None else str(body)).encode("utf-8", "surrogatepass")


def body_text(body: Any) -> str:
    r"""Give a body as text; bytes that are not UTF-8 are spelt `\xff`."""
    if isinstance(body, Mapping):
        return body_bytes(body).decode("utf-8", "backslashreplace")
    return "" if body is None else str(body)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")
