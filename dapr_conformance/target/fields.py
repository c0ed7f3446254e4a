"""One value in a document with its place, read as the type that Dapr expects there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target import go_scalars
from dapr_conformance.target.documents import Document, Key, Plain


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that a misspelt one most probably means, compared without case."""
    by_folded = {choice.lower(): choice for choice in known}
    match = difflib.get_close_matches(name.lower(), by_folded, n=1)
    return by_folded[match[0]] if match else None


@dataclass(frozen=True)
class Field:
    """The value at `path` of a document; an absent one and null are the same: None.

    The reading methods give Go's zero value (as the CLI and daprd do) for None, and raise TargetError with file
    and line for a value of another type.
    """

    document: Document
    path: tuple[Key, ...]
    value: Any

    @classmethod
    def root(cls, document: Document) -> Field:
        """Give the field that is the whole document."""
        return cls(document, (), document.value)

    @property
    def location(self) -> Location:
        """Give file and line of the key."""
        return self.document.location(*self.path)

    @property
    def name(self) -> str:
        """Give the path as a person writes it: `apps[0].command`."""
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return text.lstrip(".") or "the document"

    def child(self, key: str) -> Field:
        """Give the field of exactly that key in this mapping."""
        return Field(self.document, (*self.path, key), self.mapping().get(key))

    def folded(self, key: str) -> Field:
        """Give the field of that key, compared without case as Go's JSON reader does for resource files."""
        same = [name for name in self.mapping() if name.lower() == key.lower()]
        return self.child(same[-1] if same else key)

    def error(self, problem: str, *, allowed: Iterable[str] = (), advice: str = "") -> TargetError:
        """Make the error that names this field and its place."""
        return TargetError(f"`{self.name}` {problem}", location=self.location, allowed=allowed, advice=advice)

    @property
    def key(self) -> str:
        """Give the nearest name on the path, which is what stands before the colon."""
        return next((key for key in reversed(self.path) if isinstance(key, str)), "")

    def mapping(self) -> dict[str, Any]:
        """Read a mapping."""
        if self.value is not None and not isinstance(self.value, dict):
            advice = "write indented `name: value` lines below it"
            raise self.error(f"must be a mapping of keys, not {self._shape()}", advice=advice)
        return self.value or {}

    def items(self) -> tuple[Field, ...]:
        """Read a list."""
        if self.value is not None and not isinstance(self.value, list):
            raise self.error(f"must be a list, not {self._shape()}", advice=self._list_advice())
        return tuple(Field(self.document, (*self.path, at), item) for at, item in enumerate(self.value or ()))

    def text(self) -> str:
        """Read one text, as written."""
        if isinstance(self.value, (dict, list)):
            raise self.error(f"must be a text, not {self._shape()}", advice="write one text, in quotes if need be")
        return "" if self.value is None else str(self.value)

    def daprd_text(self) -> str:
        """Read one text as daprd has it: an unquoted `0123` is 83 there, and `yes` is true."""
        return go_scalars.as_text(self.text()) if isinstance(self.value, Plain) else self.text()

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts."""
        return tuple(item.text() for item in self.items())

    def daprd_texts(self) -> tuple[str, ...]:
        """Read a list of texts; daprd drops the whole document for an unquoted number or boolean in it."""
        for item in self.items():
            if isinstance(item.value, Plain) and not go_scalars.is_text(item.value):
                problem = f"is {item.text()}, which is no text to daprd, so that it would drop this document"
                raise item.error(problem, advice=f'write it in quotes: "{item.text()}"')
        return self.texts()

    def text_map(self) -> dict[str, str]:
        """Read a mapping of text to text; a null value is the empty text."""
        return {key: self.child(key).text() for key in self.mapping()}

    def daprd_text_map(self) -> dict[str, str]:
        """Read a mapping of text to text as daprd has it."""
        return {key: self.child(key).daprd_text() for key in self.mapping()}

    def integer(self) -> int:
        """Read a whole number, which must not be quoted."""
        if self.value is None:
            return 0
        number = go_scalars.integer(self.value) if isinstance(self.value, Plain) else None
        if number is None:
            raise self.error(
                f"must be a whole number without quotes, not {self._shape()}", advice=self._number_advice()
            )
        return number

    def boolean(self) -> bool:
        """Read true or false, which must not be quoted."""
        if self.value is None:
            return False
        truth = go_scalars.boolean(self.value) if isinstance(self.value, Plain) else None
        if truth is None:
            advice = f"write {self.key}: true"
            raise self.error(
                f"must be true or false without quotes, not {self._shape()}", allowed=("true", "false"), advice=advice
            )
        return truth

    def _shape(self) -> str:
        if isinstance(self.value, (dict, list)):
            return "a mapping" if isinstance(self.value, dict) else "a list"
        return f"the text {str(self.value)!r}"

    def _list_advice(self) -> str:
        if isinstance(self.value, dict):
            return "begin each item with `- `"
        words = ", ".join(f'"{word}"' for word in str(self.value).split())
        return f"write a list: {self.key}: [{words}]"

    def _number_advice(self) -> str:
        text = self.text() if not isinstance(self.value, (dict, list)) else ""
        if "$" in text:
            return "no variable is replaced in this file; write the number itself"
        return f"write the number alone, as in {self.key}: {text if text.isdecimal() and len(text) < 6 else 1}"
