"""Schemas of an OpenAPI document as schemas of the manifest: references put in, and only words that values have.

Source: OpenAPI Specification 3.0 and 3.1, "Schema Object"; 3.0 has booleans for exclusive bounds, and `nullable`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dapr_conformance.target.openapi import resolved

_PLAIN = ("type", "enum", "const", "required", "minLength", "maxLength", "minItems", "maxItems", "pattern")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_CHOICES = ("anyOf", "oneOf")
_DEEPEST = 12  # a schema that holds itself ends here, by anything
_FORMATS = {
    "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    "date": "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    "date-time": "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
    "email": "^[a-z][a-z0-9]{0,20}@example\\.org$",
    "uri": "^https://example\\.org/[a-z0-9]{1,20}$",
}


def inlined(schema: Any, document: Any, depth: int = 0) -> dict[str, Any]:
    """Give a schema without references, titles and other words that change no value.

    Args:
        schema: the Schema Object, or a reference to one.
        document: the whole OpenAPI document.
        depth: how far it is nested.

    """
    found = resolved(schema, document)
    if not isinstance(found, Mapping) or depth > _DEEPEST:
        return {}
    made = {word: found[word] for word in _PLAIN if word in found}
    made.update(_bounds(found))
    if isinstance(found.get("properties"), Mapping):
        fields = found["properties"].items()
        made["properties"] = {name: inlined(each, document, depth + 1) for name, each in fields}
    if "items" in found:
        made["items"] = inlined(found["items"], document, depth + 1)
    for word in _CHOICES:
        if isinstance(found.get(word), list):
            made[word] = [inlined(each, document, depth + 1) for each in found[word]]
    for part in found.get("allOf") or ():
        made = _both(made, inlined(part, document, depth + 1))
    return _nullable(_formatted(made, found), found)


def _bounds(found: Mapping[str, Any]) -> dict[str, Any]:
    made = {word: _whole(found[word]) for word in _BOUNDS if isinstance(found.get(word), (int, float))}
    for side in ("Minimum", "Maximum"):
        bound = found.get(f"exclusive{side}")
        if isinstance(bound, bool):  # OpenAPI 3.0
            del made[f"exclusive{side}"]
            if bound and side.lower() in made:
                made[f"exclusive{side}"] = made.pop(side.lower())
    return made


def _whole(number: float) -> float:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    made = {**one, **other}
    if "properties" in one or "properties" in other:
        made["properties"] = {**one.get("properties", {}), **other.get("properties", {})}
    if "required" in one or "required" in other:
        made["required"] = list(dict.fromkeys([*one.get("required", ()), *other.get("required", ())]))
    return made


def _formatted(made: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    pattern = made.get("pattern", _FORMATS.get(str(found.get("format"))))
    try:
        re.compile(pattern or "")
    except (re.error, TypeError):  # another dialect of patterns
        pattern = None
    kept = {word: value for word, value in made.items() if word != "pattern"}
    return {**kept, "pattern": pattern} if pattern else kept


def _nullable(made: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    if found.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
