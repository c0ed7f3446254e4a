"""What is wrong in a manifest, said for a person: file, line, path, what is allowed and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

from dapr_conformance.errors import TargetError
from dapr_conformance.target.documents import Document, Key
from dapr_conformance.target.fields import nearest

_HOW_TO_WRITE = {
    "array": "write a list: [a, b]",
    "boolean": "write true or false without quotes",
    "object": "write it as pairs: {name: value}",
    "string": "put it in quotes",
}
_JSON_NAMES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


@dataclass(frozen=True)
class _Violation:
    """One broken rule: `keyword` of `schema` demands `expected`, but `found` stands at `path`."""

    document: Document
    path: tuple[Key, ...]
    found: Any
    keyword: str
    expected: Any
    schema: dict[str, Any]
    message: str

    @property
    def where(self) -> str:
        return f"`{_dotted(self.path)}`" if self.path else "the manifest"

    def error(self, problem: str, *, allowed: Iterable[str] = (), advice: str = "") -> TargetError:
        location = self.document.location(*self.path)
        return TargetError(f"{self.where} {problem}", location=location, allowed=allowed, advice=advice)


def first_error(validator: Draft202012Validator, document: Document) -> TargetError | None:
    """Give the most telling violation of the schema in this document, None when there is none."""
    errors = list(validator.iter_errors(document.value))
    error: Any = best_match(errors)
    if error is None:
        return None
    if error.validator == "required":  # the missing key may stand there misspelt, which is the better thing to say
        beside = [e for e in errors if (e.validator, e.path) == ("additionalProperties", error.path)]
        error = beside[0] if beside else error
    violation = _Violation(
        document=document,
        path=tuple(error.absolute_path),
        found=error.instance,
        keyword=error.validator,
        expected=error.validator_value,
        schema=error.schema,
        message=error.message,
    )
    return _SAID.get(violation.keyword, _other)(violation)


def schema_error(document: Document, path: Sequence[Key], error: SchemaError) -> TargetError:
    """Say that the JSON Schema which the manifest holds at `path` is itself no valid schema."""
    place = (*path, *error.absolute_path)
    return TargetError(
        f"`{_dotted(place)}` is not valid JSON Schema: {error.message}",
        location=document.location(*place),
        advice="see https://json-schema.org/draft/2020-12 for what may stand there",
    )


def _unknown_key(broken: _Violation) -> TargetError:
    known = tuple(broken.schema["properties"])
    key = next(key for key in broken.found if key not in known)
    meant = nearest(key, known)
    return TargetError(
        f"unknown key `{key}` in {broken.where}",
        location=broken.document.location(*broken.path, key),
        allowed=known,
        advice=f"did you mean `{meant}`?" if meant else "take it out, or write one of these",
    )


def _missing_key(broken: _Violation) -> TargetError:
    missing = next(key for key in broken.expected if key not in broken.found)
    return broken.error(
        f"lacks the required key `{missing}`", allowed=broken.schema["properties"], advice=f"add `{missing}`"
    )


def _wrong_choice(broken: _Violation) -> TargetError:
    meant = nearest(str(broken.found), broken.expected)
    advice = f"did you mean {meant}?" if meant else "write one of these"
    return broken.error(f"is {broken.found!r}", allowed=broken.expected, advice=advice)


def _wrong_type(broken: _Violation) -> TargetError:
    types = [broken.expected] if isinstance(broken.expected, str) else broken.expected
    found = _JSON_NAMES.get(type(broken.found), "a number")
    advice = _HOW_TO_WRITE.get(types[0], "")
    return broken.error(f"must be of type {' or '.join(types)}, not {found}", advice=advice)


def _wrong_text(broken: _Violation) -> TargetError:
    return broken.error(
        f"is {broken.found!r}; it must be {broken.schema['description']}", advice="write /, or / and a name"
    )


def _other(broken: _Violation) -> TargetError:
    return broken.error(f"is wrong: {broken.message}", advice="write something there, or leave the key out")


_SAID = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "enum": _wrong_choice,
    "type": _wrong_type,
    "pattern": _wrong_text,
}


def _dotted(path: Sequence[Key]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
