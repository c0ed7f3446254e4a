"""The text of the manifest: each proposed line with where it comes from, each other one as a comment to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dapr_conformance.init.proposal import Proposal
from dapr_conformance.target.manifest_keys import TOPIC, Key, key, keys

_GROUPS = ("state", "topics", "invoke", "health")  # these may stand there empty
_ENTITY = ("save", "get", "key", "schema")  # of state.entity, before what its schema names one by one
_REQUESTS: dict[tuple[str, ...], str] = {
    ("entity", "save"): "The request that saves one record; {id} stands for its identifier.",
    ("entity", "get"): "The request that shows one record.",
}
_BULK = ("id", "records")
_WIDE = 100
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NO_TEXT = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")  # to some readers of YAML


def page(head: Iterable[str], proposals: Sequence[Proposal], topics: Sequence[str]) -> str:
    """Give the whole manifest.

    Args:
        head: lines of the comment at its top.
        proposals: what was found; of two sure ones for a key the first one counts.
        topics: the topics that the app subscribes to.

    """
    lines = [f"# {line}".rstrip() for line in head]
    for group in _GROUPS:
        lines += ["", f"{group}:", *_children(group, topics, proposals)]
    return "\n".join([*lines, ""])


def _paths(topics: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give every key in the order in which it is written, topics by their names."""
    for each in (one for one in keys() if not one.path.startswith(TOPIC)):
        path = tuple(each.path.split("."))
        yield from ((*path, name) for name in _ENTITY) if each.path == "state.entity" else [path]
        yield from ((*path[:-1], name) for name in _BULK if each.path == "state.bulk.get")
    names = [each.path.removeprefix(f"{TOPIC}.") for each in keys() if each.path.startswith(TOPIC)]
    yield from (("topics", topic, name) for topic in topics for name in ("pubsub", *names))


def _children(group: str, topics: Sequence[str], proposals: Sequence[Proposal]) -> Iterator[str]:
    """Give the lines below a group, and those of the groups in it."""
    opened, told = "", ""
    for path in (each for each in _paths(topics) if each[0] == group):
        inner = path[1] if len(path) > len((group, "key")) else ""
        live = not inner or any(one.sure and one.key[:2] == (group, inner) for one in proposals)
        if inner != opened:
            yield f"  {'' if live else '# '}{_json(inner)}:"
            opened = inner
        indent = ("    " if live else "  #   ") if inner else "  "
        for line in _lines(path, [one for one in proposals if one.key == path], indent, live=live):
            origin = line if line.lstrip(" #").startswith(("from ", "tried")) else ""
            if not origin or origin != told:
                yield line
            told = origin or told


def _lines(path: tuple[str, ...], here: Sequence[Proposal], indent: str, *, live: bool) -> Iterator[str]:
    name, off = f"{path[-1]}: ", f"{indent}# " if live else indent
    first = next((one for one in here if one.sure), None)
    for one in here:
        yield f"{indent}# {one.origin}"
        yield from _value(indent if one is first else off, name, one.value)
    known = next((each for each in keys() if each.path == _pattern(path)), None)
    if not here and path[1:] in _REQUESTS:
        yield f"{indent}# {_fill_in(key('state.entity'), _REQUESTS[path[1:]])}"
        yield from _value(off, name, key("state.entity").example[path[-1]])
    elif not here and known is not None:
        yield f"{indent}# {_fill_in(known, known.meaning)}"
        yield from _value(off, name, known.example)


def _fill_in(known: Key, meaning: str) -> str:
    numbers = " and ".join(filter(None, (", ".join(map(str, known.properties[:-1])), str(known.properties[-1]))))
    return f"Fill in for {'property' if len(known.properties) == 1 else 'properties'} {numbers}: {meaning}"


def _pattern(parts: tuple[str, ...]) -> str:
    return f"{TOPIC}.{parts[-1]}" if parts[0] == "topics" else ".".join(parts)


def _value(indent: str, name: str, value: Any) -> Iterator[str]:
    """Give `name: value`, in one line if it is short: JSON is YAML, and quotes leave no room for its surprises."""
    short = _json(value)
    if len(indent + name + short) <= _WIDE:
        yield f"{indent}{name}{short}"
    elif isinstance(value, list):
        yield f"{indent}{name}".rstrip()
        yield from (f"{indent}  - {_json(item)}" for item in value)
    elif isinstance(value, dict):
        yield f"{indent}{name}".rstrip()
        for field, item in value.items():
            yield from _value(f"{indent}  ", f"{_json(field)}: ", item)
    else:
        yield f"{indent}{name}{short}"


def _json(value: Any) -> str:
    """Give JSON with the quotes left out where YAML reads a plain word as text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json(key)}: {_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    plain = isinstance(value, str) and _WORD.fullmatch(value) and value.lower() not in _NO_TEXT
    return str(value) if plain else "".join(map(_visible, json.dumps(value, ensure_ascii=False)))


def _visible(character: str) -> str:
    """Escape what YAML takes for a line break or does not allow; JSON escapes only what stands below a space."""
    return character if character.isprintable() else f"\\U{ord(character):08x}"
