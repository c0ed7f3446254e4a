"""The operations of an OpenAPI 3 document (`/openapi.json`) as routes that others may invoke.

Source: OpenAPI Specification 3.1, "Paths Object" and "Media Type Object". A document is the app's word and may
have any shape, so what cannot be understood is left out and nothing is raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dapr_conformance.target.model import Route

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_MAX_REFERENCES = 16
PLACEHOLDER = re.compile(r"\{[^/{}]+\}")


@dataclass(frozen=True)
class Operation:
    """One method of one path: its Parameter Objects, and of the body the content type, schema and example."""

    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    content_type: str | None
    schema: Any
    example: Any


def routes(document: Any) -> tuple[Route, ...]:
    """List every operation in document order.

    Args:
        document: the decoded JSON of `/openapi.json`.

    Returns:
        One route per method and path template (`/orders/{id}`); where a request body is described, with its content
        type (JSON first) and the example that the document gives for it, else the body None.

    """
    found = operations(document)
    return tuple(Route(each.method, each.path, each.example, each.content_type) for each in found)


def operations(document: Any) -> tuple[Operation, ...]:
    """List every operation in document order, with what the document says of its parameters and its body.

    Args:
        document: the decoded document.

    """
    return tuple(_operations(document))


def _operations(document: Any) -> Iterator[Operation]:
    for path, found in _object(_object(document).get("paths")).items():
        item = _object(resolved(found, document))
        for method in (name for name in item if name in _METHODS):
            operation = _object(item[method])
            content_type, media = _content(operation.get("requestBody"), document)
            parameters = tuple(
                _object(resolved(each, document))
                for place in (item, operation)
                for each in place.get("parameters") or ()
            )
            example = _example(media, document)
            yield Operation(method.upper(), path, parameters, content_type, media.get("schema"), example)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def resolved(value: Any, document: Any) -> Any:
    """Follow `$ref` within the document; a reference that leads nowhere or in a circle gives None."""
    for _ in range(_MAX_REFERENCES):
        reference = _object(value).get("$ref")
        if not isinstance(reference, str):
            return value
        value = _pointed(reference, document)
    return None


def _pointed(reference: str, document: Any) -> Any:
    if not reference.startswith("#/"):
        return None
    value = document
    for part in reference[2:].split("/"):
        value = _object(value).get(part.replace("~1", "/").replace("~0", "~"))
    return value


def _content(request_body: Any, document: Any) -> tuple[str | None, Mapping[str, Any]]:
    content = _object(_object(resolved(request_body, document)).get("content"))
    chosen = "application/json" if "application/json" in content else next(iter(content), None)
    return chosen, _object(content.get(chosen)) if chosen else {}


def _example(media: Mapping[str, Any], document: Any) -> Any:
    schema = _object(resolved(media.get("schema"), document))
    named = [_object(resolved(example, document)) for example in _object(media.get("examples")).values()]
    listed = schema.get("examples")
    choices = (
        *(place["example"] for place in (media, schema) if "example" in place),
        *(example["value"] for example in named if "value" in example),
        *(listed if isinstance(listed, list) else ()),
    )
    return next(iter(choices), None)
