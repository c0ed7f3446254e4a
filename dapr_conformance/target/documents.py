"""YAML files as documents whose scalars stay as written and whose every key knows its line.

The Dapr CLI and daprd take most scalars as text (`env`, component metadata), so `1.10`, `yes` and `0123` must
not become numbers or booleans on the way. The manifest, which holds JSON, asks for JSON's types instead.
"""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from dapr_conformance.errors import Location, TargetError

Key: TypeAlias = "str | int"
_STANDARD_TAG = "tag:yaml.org,2002:"
_MOST_BYTES = 1024 * 1024
_DAPRD_BUFFER = 64 * 1024
_SEPARATOR = b"\n---"
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Plain(str):
    """A scalar written without quotes: text here, but a reader with types may take it for a number or a boolean.

    `yaml.safe_dump` writes it without quotes again, so that a document survives being read and written.
    """

    __slots__ = ()


def _represent_plain(dumper: yaml.SafeDumper, value: Plain) -> yaml.Node:
    tag = dumper.resolve(yaml.ScalarNode, str(value), (True, False))  # type: ignore[no-untyped-call] # no stub
    return dumper.represent_scalar(tag, str(value))


yaml.SafeDumper.add_representer(Plain, _represent_plain)


@dataclass(frozen=True)
class Document:
    """One YAML document: `value` is made of dict, list, text and None (JSON's types if read so)."""

    value: Any
    file: Path
    node: yaml.Node = field(repr=False, compare=False)

    def location(self, *path: Key) -> Location:
        """Give the place of the key or item at `path`."""
        return Location(self.file, line_of(self, *path))


def line_of(document: Document, *path: Key) -> int:
    """Give the line, counted from 1, of the mapping key or list item at `path`, or of its nearest existing parent."""
    line, node = document.node.start_mark.line, document.node
    for key in path:
        step = _step(node, key)
        if step is None:
            break
        line, node = step
    return int(line) + 1


def read(file: Path) -> tuple[Document, ...]:
    """Read every document of a YAML file, scalars as text: `Plain` when unquoted, None for null, `~` and nothing.

    Args:
        file: a UTF-8 file, with or without a byte order mark.

    Returns:
        The documents in file order; none for a file without any content.

    Raises:
        TargetError: no such file, a folder, not UTF-8, not YAML, a key given twice, an application's own tag.

    """
    return _documents(file, _text)


def read_resources(file: Path) -> tuple[Document, ...]:
    """Read like `read`, but refuse a document that daprd has no room for: it hangs on one and fills the memory.

    Source: executed on daprd 1.18.2; its disk loader tries forever to scan a document longer than its buffer.
    """
    line = 1
    for document in _bytes(file).split(_SEPARATOR):
        if len(document) + len(_SEPARATOR) >= _DAPRD_BUFFER:
            problem = (
                f"this document has {len(document)} bytes; from {_DAPRD_BUFFER} on daprd hangs and fills the memory"
            )
            advice = "split it, or move its long values into a secret store"
            raise TargetError(problem, location=Location(file, line), advice=advice)
        line += document.count(b"\n") + 1
    return read(file)


def read_json(file: Path) -> tuple[Document, ...]:
    """Read like `read`, but unquoted scalars as JSON's types (YAML 1.2 core schema: `yes` and dates stay text)."""
    return _documents(file, _json_value)


def _documents(file: Path, scalar: Callable[[yaml.ScalarNode], Any]) -> tuple[Document, ...]:
    text = content(file)
    try:
        return tuple(_compose(file, text, scalar))
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(file, text, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"not valid YAML: character {chr(int(error.character))!r} is not allowed"
        advice = "save the file as UTF-8 text without control characters"
        raise TargetError(problem, location=Location(file, line), advice=advice) from None
    except RecursionError:
        problem = "this YAML nests too deeply or contains itself"
        raise TargetError(problem, location=Location(file), advice="write out what an alias repeats") from None


def content(file: Path) -> str:
    """Read the text of a UTF-8 file; TargetError where there is none, or where it is too large or not UTF-8."""
    raw = _bytes(file)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TargetError("not UTF-8 text", location=Location(file, line), advice="save the file as UTF-8") from None


def _bytes(file: Path) -> bytes:
    try:
        status = file.stat()
        content = file.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES else b""
    except FileNotFoundError:
        raise TargetError("does not exist", location=Location(file), advice="name a file that is there") from None
    except OSError as error:
        advice = "let this user read it" if isinstance(error, PermissionError) else "name a plain file"
        raise TargetError(f"cannot be read: {error.strerror}", location=Location(file), advice=advice) from None
    if not stat.S_ISREG(status.st_mode):
        problem = "is a folder, not a file" if stat.S_ISDIR(status.st_mode) else "is no regular file"
        raise TargetError(problem, location=Location(file), advice="name the file itself")
    if status.st_size > _MOST_BYTES:
        problem = f"has {status.st_size} bytes; more than {_MOST_BYTES} is taken for a mistake"
        raise TargetError(problem, location=Location(file), advice="name the file that was meant, or split it")
    return content


def _compose(file: Path, text: str, scalar: Callable[[yaml.ScalarNode], Any]) -> Iterator[Document]:
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            yield Document(_Values(file, loader, scalar).of(node), file, node)
    finally:
        loader.dispose()


def _syntax_error(file: Path, text: str, error: yaml.MarkedYAMLError) -> TargetError:
    mark = error.problem_mark or error.context_mark
    place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return TargetError(f"not valid YAML: {words}", location=place, advice=_advice(text, words))


def _advice(text: str, words: str) -> str:
    if "{{" in text:
        return "this looks like a template (Helm?): render it, and name the folder of what comes out"
    if "\\t" in words:
        return "indent with spaces: YAML takes no tabs"
    if "expected ',' or" in words:
        return "put a comma between items and close every bracket"
    return "mend it here or in the line above: indentation, quotes, colons and brackets"


class _Values:
    """Turns nodes into values; a node behind several aliases is turned once and shared."""

    def __init__(self, file: Path, loader: yaml.SafeLoader, scalar: Callable[[yaml.ScalarNode], Any]) -> None:
        self._file = file
        self._loader = loader
        self._scalar = scalar
        self._known: dict[int, Any] = {}

    def of(self, node: yaml.Node) -> Any:
        if id(node) not in self._known:
            if not node.tag.startswith(_STANDARD_TAG):
                raise self._error(node, f"the tag {node.tag} means nothing to Dapr", "write the value without a tag")
            self._known[id(node)] = self._value(node)
        return self._known[id(node)]

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item) for item in node.value]
        assert isinstance(node, yaml.ScalarNode), node
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key must be text, not a list or a mapping"
                raise self._error(key, problem, _advice(str(key.start_mark.buffer), problem))
            if key.value in seen:
                problem = f"the key {key.value!r} stands here again; first in line {seen[key.value]}"
                raise self._error(key, problem, "keep one of the two")
            seen[key.value] = key.start_mark.line + 1
        self._loader.flatten_mapping(node)
        return {str(key.value): self.of(value) for key, value in node.value}

    def _error(self, node: yaml.Node, problem: str, advice: str) -> TargetError:
        place = Location(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
        return TargetError(problem, location=place, advice=advice)


def _text(node: yaml.ScalarNode) -> str | None:
    if node.style:
        return str(node.value)
    return None if node.tag == _STANDARD_TAG + "null" else Plain(node.value)


def _json_value(node: yaml.ScalarNode) -> Any:
    text = _text(node)
    if not isinstance(text, Plain):
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    # JSON has no infinity, so a number beyond a double's range stays text.
    return float(text) if _NUMBER.fullmatch(text) and math.isfinite(float(text)) else str(text)


def _step(node: yaml.Node, key: Key) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line, node.value[key]
    if isinstance(node, yaml.MappingNode):
        # Merged keys come first, so the last one of a name is the one that counts.
        found = [(k.start_mark.line, value) for k, value in node.value if k.value == key]
        return found[-1] if found else None
    return None
