"""What stands at a JSON pointer (RFC 6901) of a document."""

from __future__ import annotations

from typing import Any


def found_at(document: Any, pointer: str) -> Any:
    """Give what stands at `pointer`; None where there is nothing."""
    for token in pointer.split("/")[1:]:
        document = _child(document, token.replace("~1", "/").replace("~0", "~"))
    return document


def _child(document: Any, token: str) -> Any:
    if isinstance(document, dict):
        return document.get(token)
    if isinstance(document, list) and token.isdigit() and int(token) < len(document):
        return document[int(token)]
    return None
