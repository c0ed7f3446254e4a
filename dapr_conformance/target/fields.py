"""One value in a document with its place, read as the type that Dapr expects there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target.documents import Document, Key, Plain

_TRUE = frozenset({"y", "yes", "true", "on"})
_FALSE = frozenset({"n", "no", "false", "off"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")


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

    def mapping(self) -> dict[str, Any]:
        """Read a mapping."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.error(f"must be a mapping of keys, not {self._shape()}")
        return self.value or {}

    def items(self) -> tuple[Field, ...]:
        """Read a list."""
        if self.value is not None and not isinstance(self.value, list):
            raise self.error(f"must be a list, not {self._shape()}", advice=self._list_advice())
        return tuple(Field(self.document, (*self.path, at), item) for at, item in enumerate(self.value or ()))

    def text(self) -> str:
        """Read one text, as written."""
        if isinstance(self.value, (dict, list)):
            raise self.error(f"must be a text, not {self._shape()}")
        return "" if self.value is None else str(self.value)

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts."""
        return tuple(item.text() for item in self.items())

    def text_map(self) -> dict[str, str]:
        """Read a mapping of text to text; a null value is the empty text."""
        return {key: self.child(key).text() for key in self.mapping()}

    def integer(self) -> int:
        """Read a whole number, which must not be quoted."""
        if self.value is None:
            return 0
        if not isinstance(self.value, Plain) or not _INTEGER.fullmatch(self.value):
            raise self.error(f"must be a whole number without quotes, not {self._shape()}")
        return int(self.value)

    def boolean(self) -> bool:
        """Read true or false, which must not be quoted."""
        if self.value is None:
            return False
        if not isinstance(self.value, Plain) or self.value.lower() not in _TRUE | _FALSE:
            raise self.error(f"must be true or false without quotes, not {self._shape()}")
        return self.value.lower() in _TRUE

    def _shape(self) -> str:
        if isinstance(self.value, (dict, list)):
            return "a mapping" if isinstance(self.value, dict) else "a list"
        return f"the text {str(self.value)!r}"

    def _list_advice(self) -> str:
        if isinstance(self.value, dict):
            return ""
        words = ", ".join(f'"{word}"' for word in str(self.value).split())
        key = next((key for key in reversed(self.path) if isinstance(key, str)), "")
        return f"write a list: {key}: [{words}]"
