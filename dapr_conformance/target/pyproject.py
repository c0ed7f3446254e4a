"""The manifest as the table `[tool.dapr-conformance]` of a pyproject.toml, with the line of every key.

TOML readers keep no lines. So the text is read again and again, each time one line longer: what is new in the table
stands where the text grew.
"""

from __future__ import annotations

import contextlib
import math
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from dapr_conformance.errors import Location, TargetError
from dapr_conformance.target import documents
from dapr_conformance.target.documents import Document, Key

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "pyproject.toml"
_TABLE = "dapr-conformance"
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_CLOSINGS = ("", "\n]", "\n]]")  # so that the items of an array over several lines are seen one after another


def table(file: Path) -> Document | None:
    """Read `[tool.dapr-conformance]`; None where the file, or the table in it, does not exist.

    Raises:
        TargetError: the file speaks of the table but cannot be read, or is not TOML; with file, line and column.

    """
    text = documents.content(file) if file.exists() else ""
    if _TABLE not in text:  # what else is wrong with the file is for others to say
        return None
    found = _tables(_loaded(file, text))
    if found is None:
        return None
    value = _json(found)
    return Document(value, file, _node(value, (), _lines(text), 0))


def _loaded(file: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line, column = map(int, found.groups()) if found else (text.count("\n") + 1, None)
        words = str(error).partition(" (at ")[0]
        raise TargetError(
            f"not valid TOML: {words}", location=Location(file, line, column), advice="mend it here or just above"
        ) from None


def _tables(value: Any) -> Any:
    tool = value.get("tool")
    return tool.get(_TABLE) if isinstance(tool, dict) else None


def _json(value: Any) -> Any:
    """Give the value with JSON's types; TOML's dates, times and infinite numbers become text."""
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _lines(text: str) -> Mapping[tuple[Key, ...], int]:
    """Give the line, counted from 0, of everything in the table by its path."""
    lines, known = text.split("\n"), dict[tuple[Key, ...], int]()
    grown_from = next(number for number, line in enumerate(lines) if _TABLE in line)
    for end in range(grown_from + 1, len(lines) + 1):
        found = _beginning("\n".join(lines[:end]))
        if found is None:
            continue
        for path in _paths(_tables(found)):
            known.setdefault(path, grown_from)
        grown_from = end
        while grown_from < len(lines) and lines[grown_from].strip()[:1] in ("", "#"):
            grown_from += 1
    return known


def _beginning(text: str) -> Any:
    for closing in _CLOSINGS:
        with contextlib.suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(text + closing)
    return None


def _paths(value: Any, at: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    if value is not None:
        yield at
    for key, item in _children(value):
        yield from _paths(item, (*at, key))


def _children(value: Any) -> Iterator[tuple[Key, Any]]:
    if isinstance(value, (dict, list)):
        yield from value.items() if isinstance(value, dict) else enumerate(value)


def _node(value: Any, at: tuple[Key, ...], lines: Mapping[tuple[Key, ...], int], parent: int) -> yaml.Node:
    """Give the value as the nodes of a YAML document, which know their lines."""
    line = lines.get(at, parent)
    mark = yaml.Mark("", 0, line, 0, None, 0)
    children = [(key, _node(item, (*at, key), lines, line)) for key, item in _children(value)]
    if isinstance(value, dict):
        pairs = [(yaml.ScalarNode("", str(key), node.start_mark), node) for key, node in children]
        return yaml.MappingNode("", pairs, mark)
    if isinstance(value, list):
        return yaml.SequenceNode("", [node for _, node in children], mark)
    return yaml.ScalarNode("", str(value), mark)
