"""Component documents, and the two components that stand for an app without any resource files.

Source: Dapr docs, "Component spec"; keys compare without case because daprd reads YAML through Go's JSON reader.
"""

from __future__ import annotations

import json

from dapr_conformance.errors import Location
from dapr_conformance.target.fields import Field
from dapr_conformance.target.model import Component, MetadataItem


def component(document: Field) -> Component:
    """Read one Component document.

    Raises:
        TargetError: `metadata.name` or `spec.type` is missing, or a key has a type that daprd cannot read.

    """
    spec = document.folded("spec")
    return Component(
        name=resource_name(document),
        type=required(spec, "type"),
        # daprd takes a missing version for the first stable one.
        version=spec.folded("version").daprd_text() or "v1",
        metadata=tuple(_item(entry) for entry in spec.folded("metadata").items()),
        scopes=document.folded("scopes").daprd_texts(),
        secret_store=document.folded("auth").folded("secretStore").daprd_text() or None,
        ignore_errors=spec.folded("ignoreErrors").boolean(),
        location=spec.folded("type").location,
        document=document.mapping(),
    )


def required(section: Field, key: str) -> str:
    """Read the text of a key that must be there and not be empty; TargetError with the section's line otherwise."""
    text = section.folded(key).daprd_text()
    if not text:
        raise section.error(f"lacks the required key `{key}`", advice=f"add `{key}:` to it")
    return text


def resource_name(document: Field) -> str:
    """Read `metadata.name`; TargetError for one that daprd refuses."""
    metadata = document.folded("metadata")
    name = required(metadata, "name")
    if name in (".", "..") or any(mark in name for mark in "/%"):
        problem = f"is {name!r}, and daprd drops a document of such a name"
        raise metadata.folded("name").error(problem, advice="use a name without / and %, other than . and ..")
    return name


def default_components(location: Location) -> tuple[Component, ...]:
    """Give what `dapr init` writes for every app: `pubsub` and `statestore` on a Redis of this machine."""
    redis = {"redisHost": "localhost:6379", "redisPassword": ""}
    return (
        _default("pubsub", "pubsub.redis", redis, location),
        _default("statestore", "state.redis", {**redis, "actorStateStore": "true"}, location),
    )


def _item(entry: Field) -> MetadataItem:
    given, reference = entry.folded("value"), entry.folded("secretKeyRef")
    secret = required(reference, "name") if reference.mapping() else ""
    return MetadataItem(
        name=required(entry, "name"),
        value=_value(given),
        # Without a key daprd looks for one named as the secret itself.
        secret_ref=(secret, reference.folded("key").daprd_text() or secret) if secret else None,
        location=entry.location,
    )


def _value(given: Field) -> str | None:
    if isinstance(given.value, (dict, list)):
        return json.dumps(given.value)
    return None if given.value is None else given.daprd_text()


def _default(name: str, kind: str, settings: dict[str, str], location: Location) -> Component:
    return Component(
        name=name,
        type=kind,
        version="v1",
        metadata=tuple(MetadataItem(key, value, None, location) for key, value in settings.items()),
        scopes=(),
        secret_store=None,
        ignore_errors=False,
        location=location,
        document={
            "apiVersion": "dapr.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name},
            "spec": {
                "type": kind,
                "version": "v1",
                "metadata": [{"name": key, "value": value} for key, value in settings.items()],
            },
        },
    )
