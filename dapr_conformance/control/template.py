"""Path templates and sample documents: where `{id}` stands, and whether something has the sample's shape."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from dapr_conformance.control.exchange import Request

_PLACEHOLDER = re.compile(r"\{[^/{}]+\}")
_ID = "{id}"


def match_path(template: str, request: Request) -> dict[str, str] | None:
    """Give the decoded values of a template's placeholders, or None if the request is for another path.

    A template with a query is compared with the whole target, one without only with the path.

    Raises:
        ValueError: a value is not percent-encoded UTF-8.

    """
    text = request.target if "?" in template else request.path
    found = _path_pattern(template).fullmatch(text)
    if found is None:
        return None
    names = [name[1:-1] for name in _PLACEHOLDER.findall(template)]
    return {name: unquote(value, errors="strict") for name, value in zip(names, found.groups(), strict=True)}


@lru_cache(maxsize=1024)
def _path_pattern(template: str) -> re.Pattern[str]:
    return re.compile("([^/?&]+)".join(re.escape(part) for part in _PLACEHOLDER.split(template)))


@lru_cache(maxsize=1024)
def _text_pattern(example: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(re.escape(part) for part in example.split(_ID)), re.DOTALL)


def has_shape(example: Any, value: Any) -> bool:
    """Tell whether `value` equals the sample, where `{id}` in a text of the sample stands for any text."""
    if isinstance(example, str):
        return isinstance(value, str) and _text_pattern(example).fullmatch(value) is not None
    if isinstance(example, dict):
        same_keys = isinstance(value, dict) and example.keys() == value.keys()
        return same_keys and all(has_shape(example[key], value[key]) for key in example)
    if isinstance(example, list):
        same_length = isinstance(value, list) and len(example) == len(value)
        return same_length and all(has_shape(*pair) for pair in zip(example, value, strict=True))
    return isinstance(example, bool) == isinstance(value, bool) and bool(example == value)


def has_id(example: Any) -> bool:
    """Tell whether `{id}` stands in some text of the sample."""
    if isinstance(example, str):
        return _ID in example
    parts = example.values() if isinstance(example, dict) else example if isinstance(example, list) else ()
    return any(has_id(part) for part in parts)


def find_id(example: Any, value: Any) -> str | None:
    """Give the text that stands in `value` where the sample has `{id}`, if there is one."""
    if isinstance(example, str):
        same = _text_pattern(example).fullmatch(value) if _ID in example and isinstance(value, str) else None
        return same[1] if same else None
    if isinstance(example, dict) and isinstance(value, dict):
        pairs = [(example[key], value[key]) for key in example if key in value]
    elif isinstance(example, list) and isinstance(value, list):
        pairs = list(zip(example, value, strict=False))
    else:
        return None
    return next((found for pair in pairs if (found := find_id(*pair)) is not None), None)


def find_list(example: Any, value: Any, text: str) -> list[Any] | None:
    """Give the list that stands in `value` where the sample has `text`, if there is one."""
    if example == text:
        return value if isinstance(value, list) else None
    if not isinstance(example, dict) or not isinstance(value, dict):
        return None
    pairs = ((example[key], value[key]) for key in example if key in value)
    return next((found for pair in pairs if (found := find_list(*pair, text)) is not None), None)
