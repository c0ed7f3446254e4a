"""The keys of the manifest, from its schema: what each says, for which properties it is, and an example of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dapr_conformance import bundle
from dapr_conformance.target.model import Manifest

TOPIC = "topics.<name>"
_PLACES = {"conditional": "conditional_header"}  # where the key has another name than the field of the model


@dataclass(frozen=True)
class Key:
    """One key: its `path` such as `state.entity` or `topics.<name>.valid`, and numbers of properties it lets judge."""

    path: str
    meaning: str
    properties: tuple[int, ...]
    example: Any

    def line(self, topic: str = "") -> str:
        """Give the line of a manifest in short: path and example; `topic` is the name where one stands."""
        path = self.path.replace(TOPIC, f"topics.{topic}")
        return f"{path}: {json.dumps(self.example, ensure_ascii=False)}"


@cache
def keys() -> tuple[Key, ...]:
    """Give every key that lets a property be judged, in the order of the schema."""
    schema = json.loads((bundle.folder("reports") / "manifest.schema.json").read_text(encoding="utf-8"))
    return tuple(_keys(schema, schema, ""))


def key(path: str) -> Key:
    """Give the key with this path."""
    return next(each for each in keys() if each.path == path)


def _keys(schema: Mapping[str, Any], node: Mapping[str, Any], at: str) -> Iterator[Key]:
    whole = _resolved(schema, node)
    for name, child in whole.get("properties", {}).items():
        path = f"{at}.{name}".lstrip(".")
        if "x-properties" in child:
            meaning = child.get("description") or _resolved(schema, child).get("description", "")
            yield Key(path, meaning, tuple(child["x-properties"]), child["examples"][0])
        yield from _keys(schema, child, path)
    more = whole.get("additionalProperties")
    if isinstance(more, dict) and "$ref" in more:
        yield from _keys(schema, more, f"{at}.<name>")


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return found


def undeclared(manifest: Manifest, topics: Iterable[str]) -> list[tuple[str, Key]]:
    """Give (path, key) of what the manifest leaves out; `topics` are the names of those that are subscribed."""
    found = []
    for each in keys():
        if each.path.startswith(TOPIC):
            name = each.path.rpartition(".")[2]
            of = [topic for topic in topics if not _topic_declares(manifest, topic, name)]
            found += [(each.path.replace(TOPIC, f"topics.{topic}"), each) for topic in of]
        elif not _declared(manifest, each.path):
            found.append((each.path, each))
    return found


def _topic_declares(manifest: Manifest, topic: str, name: str) -> bool:
    return topic in manifest.topics and name in manifest.topics[topic].declared


def _declared(manifest: Manifest, path: str) -> bool:
    value: Any = manifest
    for name in path.removeprefix("state.").removeprefix("invoke.").split("."):
        value = getattr(value, _PLACES.get(name, name), None)
    return bool(value)
