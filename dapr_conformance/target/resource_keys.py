"""The keys of Dapr's resource files: daprd ignores one that it does not know, so a misspelt one is only noted here.

Source: Dapr docs, "Resource specs", and daprd's resource types. Keys compare without case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dapr_conformance.target.fields import Field, nearest

Keys = Mapping[str, Any]  # below a key: its own keys, None for anything; the keys of a list are those of its items

_HEAD: Keys = {"apiVersion": None, "kind": None, "metadata": None, "scopes": None}
_PAIR: Keys = {"name": None, "value": None, "secretKeyRef": {"name": None, "key": None}, "envRef": None}
_AUTH: Keys = {"auth": {"secretStore": None}}
_DELIVERY: Keys = {
    "pubsubname": None,
    "topic": None,
    "metadata": None,
    "deadLetterTopic": None,
    "bulkSubscribe": {"enabled": None, "maxMessagesCount": None, "maxAwaitDurationMs": None},
}
_ROUTES: Keys = {"rules": {"match": None, "path": None}, "default": None}
_COMPONENT: Keys = {"type": None, "version": None, "ignoreErrors": None, "metadata": _PAIR, "initTimeout": None}
_ENDPOINT: Keys = {"baseUrl": None, "headers": _PAIR, "clientTLS": None}
KEYS: Mapping[tuple[str, str], Keys] = {
    ("Component", "v1alpha1"): {**_HEAD, **_AUTH, "spec": _COMPONENT},
    ("HTTPEndpoint", "v1alpha1"): {**_HEAD, **_AUTH, "spec": _ENDPOINT},
    ("Subscription", "v1alpha1"): {**_HEAD, "spec": {**_DELIVERY, "route": None}},
    ("Subscription", "v2alpha1"): {**_HEAD, "spec": {**_DELIVERY, "routes": _ROUTES}},
}


def unknown_keys(document: Field, kind: str, api_version: str) -> Iterator[str]:
    """Give one note, with file and line, for each key of a resource document that daprd ignores."""
    keys = KEYS.get((kind, api_version.rpartition("/")[2]))
    return _unknown(document, keys, kind) if keys else iter(())


def _unknown(section: Field, keys: Keys, kind: str) -> Iterator[str]:
    known = {name.lower(): below for name, below in keys.items()}
    for key in section.mapping():
        field = section.child(key)
        if key.lower() not in known:
            yield f"{field.location}: daprd ignores the unknown key `{key}` of this {kind}{_advice(key, keys)}"
        below = known.get(key.lower())
        if below is not None:
            for child in _sections(field):
                yield from _unknown(child, below, kind)


def _sections(field: Field) -> Iterator[Field]:
    sections = field.items() if isinstance(field.value, list) else (field,)
    return (each for each in sections if isinstance(each.value, dict))


def _advice(key: str, keys: Keys) -> str:
    other = {"route": "dapr.io/v1alpha1", "routes": "dapr.io/v2alpha1"}.get(key)
    if other:
        return f" (`{key}` needs `apiVersion: {other}`)"
    if key in _HEAD:
        return " (it belongs to the top of the document)"
    meant = nearest(key, keys)
    return f" (did you mean `{meant}`?)" if meant else f"; it knows {', '.join(keys)}"
