"""Secrets leave no report: values that are known are masked wherever they stand, headers also by their name."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4  # shorter values occur by chance in every text
SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "dapr-api-token", "cookie", "set-cookie", "x-api-key", "x-auth-token")
)
# `name: value` inside a text, such as a curl line, a log line or a JSON body, up to the end of the quotes or line.
_HEADER_IN_TEXT = re.compile(
    rf"(?i)(?<![\w-])({'|'.join(sorted(SECRET_HEADERS, key=len, reverse=True))})"
    r"(['\"]?:[ \t]*['\"]?)((?:\\.|[^\s'\"\\])(?:\\.|[^'\"\\\r\n])*)"
)
# Closed lists and ids of dapr-conformance itself: a secret that happens to read `passed` must not break them.
_OWN_WORDS = frozenset({"id", "kind", "level", "block", "vantage", "verdict", "attribution"})


def masked(results: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """Give a copy of the results mapping in which no secret can be read.

    Args:
        results: the mapping of `results.json`; not changed. Field names and the words that dapr-conformance
            itself puts into a check (`id`, `verdict`, ...) stay as they are.
        secrets: secret values; those under 4 characters are ignored. Each is found as it is, in base64 (also
            inside a longer encoded text), URL-encoded, escaped as JSON and quoted for a shell.

    """
    pattern = _pattern(secrets)
    return {key: _section(key, value, pattern) for key, value in results.items()}


def _section(key: str, value: Any, pattern: re.Pattern[str] | None) -> Any:
    if key in ("checks", "not_tested"):
        return [_row(row, pattern) for row in value]
    return value if key == "schema" else _walk(value, pattern)


def _row(row: Mapping[str, Any], pattern: re.Pattern[str] | None) -> dict[str, Any]:
    return {key: value if key in _OWN_WORDS else _entry(key, value, pattern) for key, value in row.items()}


def _walk(value: Any, pattern: re.Pattern[str] | None) -> Any:
    if isinstance(value, str):
        return _text(value, pattern)
    if isinstance(value, Mapping):
        return {key: _entry(key, item, pattern) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [value[0], MASK] if _is_secret_header(value) else [_walk(item, pattern) for item in value]
    return value


def _entry(key: str, value: Any, pattern: re.Pattern[str] | None) -> Any:
    if str(key).lower() in SECRET_HEADERS and value:
        return MASK
    if key == "base64" and isinstance(value, str):
        return _inside_base64(value, pattern)
    return _walk(value, pattern)


def _is_secret_header(pair: Sequence[Any]) -> bool:
    """Tell whether this is one `(name, value)` of a header list."""
    two_texts = len(pair) == 2 and all(isinstance(item, str) for item in pair)
    return two_texts and pair[0].lower() in SECRET_HEADERS


def _text(text: str, pattern: re.Pattern[str] | None) -> str:
    if pattern:
        text = pattern.sub(MASK, text)
    lowered = text.lower()
    if any(name in lowered for name in SECRET_HEADERS):  # ten times as fast as the search where there is none
        return _HEADER_IN_TEXT.sub(rf"\1\2{MASK}", text)
    return text


def _inside_base64(text: str, pattern: re.Pattern[str] | None) -> str:
    """Mask in the decoded bytes, so that what is left can still be decoded."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("latin-1")
    except ValueError:
        return _text(text, pattern)
    return base64.b64encode(_text(decoded, pattern).encode("latin-1")).decode()


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    known = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
    longest_first = sorted(known, key=lambda form: (-len(form), form))
    return re.compile("|".join(re.escape(form) for form in longest_first)) if longest_first else None


def _parts(secret: str) -> list[str]:
    """Give the secret and, of one with several lines, each longer line: logs show them one by one."""
    lines = [line for line in secret.splitlines() if len(line) >= 2 * SHORTEST and line != secret]
    return [part for part in (secret, secret.strip(), *lines) if len(part) >= SHORTEST]


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield raw.decode("latin-1")  # how UTF-8 looks to a reader of single bytes, such as HTTP headers
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from (once, json.dumps(once, ensure_ascii=ascii_only)[1:-1])
    yield shlex.quote(secret)[1:-1] if shlex.quote(secret) != secret else secret
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield from (encoded, re.sub("%..", lambda found: found[0].lower(), encoded))
    yield from _base64_forms(raw)


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Give the base64 of the secret, alone and at each of the three places it can have in a longer text."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        for offset in range(3):
            end = len(raw) - (len(raw) + offset) % 3
            inner = encode(b"\0" * offset + raw[:end]).decode()[(0, 2, 3)[offset] :]
            if len(inner) >= SHORTEST:
                yield inner
