"""Values for the JSON Schemas of a manifest: the subset that request bodies and keys are declared with.

Types, enum, const, properties and required, items, string lengths and patterns, number limits, anyOf/oneOf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.errors import TargetError
from dapr_conformance.probes.strategies import NASTY_NUMBERS, NASTY_TEXT, json_values

Schema = Mapping[str, Any]
_SAFE_INTEGER = 2**53 - 1


def values(schema: Schema) -> SearchStrategy[Any]:
    """Give values that a JSON Schema allows.

    Raises:
        TargetError: a type that JSON Schema does not have.

    """
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([values(each) for each in schema[word]])
    kind = schema.get("type")
    if isinstance(kind, list):
        return st.one_of([values({**schema, "type": each}) for each in kind])
    if kind is None:
        return _objects(schema) if "properties" in schema else json_values()
    if kind not in _BY_TYPE:
        raise TargetError(f"the manifest's schema has the unknown type {kind!r}", allowed=sorted(_BY_TYPE))
    return _BY_TYPE[kind](schema)


def _strings(schema: Schema) -> SearchStrategy[str]:
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        return st.from_regex(pattern, fullmatch=_anchored(pattern))
    low, high = int(schema.get("minLength", 0)), int(schema.get("maxLength", 40))
    nasty = [text for text in NASTY_TEXT if low <= len(text) <= high]
    free = st.text(st.characters(exclude_categories=["Cs"]), min_size=low, max_size=high)
    return st.one_of(st.sampled_from(nasty), free) if nasty else free


def _anchored(pattern: str) -> bool:
    return pattern.startswith("^") and pattern.endswith("$")


def _integers(schema: Schema) -> SearchStrategy[int]:
    # Beyond what a 64-bit float holds only where the schema says so: JSON's readers differ there (RFC 8259, section 6).
    low, high = _bound(schema, "minimum", 1, -_SAFE_INTEGER), _bound(schema, "maximum", -1, _SAFE_INTEGER)
    nasty = [number for number in NASTY_NUMBERS if isinstance(number, int) and low <= number <= high]
    return st.one_of(st.sampled_from([*nasty, low, high]), st.integers(low, high))


def _bound(schema: Schema, name: str, step: int, default: int) -> int:
    exclusive = f"exclusive{name.capitalize()}"
    if name in schema:
        return int(schema[name])
    return int(schema[exclusive]) + step if exclusive in schema else default


def _numbers(schema: Schema) -> SearchStrategy[Any]:
    low, high = schema.get("minimum"), schema.get("maximum")
    floats = st.floats(low, high, allow_nan=False, allow_infinity=False, width=32)
    return st.one_of(_integers(schema), floats)


def _arrays(schema: Schema) -> SearchStrategy[list[Any]]:
    low, high = int(schema.get("minItems", 0)), int(schema.get("maxItems", 4))
    return st.lists(values(schema.get("items", {})), min_size=low, max_size=max(low, high))


def _objects(schema: Schema) -> SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", ()))
    fields = {name: values(each) for name, each in schema.get("properties", {}).items()}
    fixed = {name: strategy for name, strategy in fields.items() if name in required}
    optional = {name: strategy for name, strategy in fields.items() if name not in required}
    return st.fixed_dictionaries(fixed, optional=optional)


_BY_TYPE: dict[str, Callable[[Schema], SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "array": _arrays,
    "object": _objects,
}
