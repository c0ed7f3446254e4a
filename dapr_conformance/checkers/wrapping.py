"""How daprd wraps what is published, by its content type.

Observed with Dapr 1.14.4 to 1.18.2; components-contrib: pubsub/envelope.go, contenttype/utils.go. JSON only by that
media type (`application/vnd.x+json` is text), bytes for `application/octet-stream`, text for the rest, where each byte
that is not UTF-8 becomes U+FFFD.
"""

from __future__ import annotations

import codecs
import json
from typing import Any

from dapr_conformance.checkers import cloud_event
from dapr_conformance.checkers.json_value import equal

_JSON, _BYTES, _DEFAULT = "application/json", "application/octet-stream", "text/plain"
# Go replaces each byte that is not UTF-8, Python's own `replace` each beginning of a character.
codecs.register_error("dapr-conformance-go", lambda error: ("\ufffd", _start(error) + 1))


def _start(error: UnicodeError) -> int:
    return error.start if isinstance(error, UnicodeDecodeError) else 0


def media_type(content_type: str | None) -> str:
    """Give the media type that daprd goes by: without parameters, in lower case; `text/plain` for none."""
    return (content_type or _DEFAULT).partition(";")[0].strip().lower()


def wrapped(content_type: str | None, body: bytes) -> dict[str, Any]:
    """Give what an event carries of a published body: {"data": JSON value} or {"bytes": bytes}."""
    kind, text = media_type(content_type), body.decode("utf-8", "dapr-conformance-go")
    if kind == _BYTES:
        return {"bytes": body}
    return {"data": _json(text) if kind == _JSON else text}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def difference(carried: dict[str, Any], event: dict[str, Any]) -> str:
    """Give how what an event carries differs from `carried` (see `wrapped`); empty when it does not."""
    if "bytes" in carried:
        got = cloud_event.decoded(event.get("data_base64"))
        return "" if got == carried["bytes"] else f"data_base64 is {event.get('data_base64')!r}"
    if "data" not in event:
        return "there is no data"
    return "" if equal(carried["data"], event["data"]) else f"data is {json.dumps(event['data'])[:300]}"
