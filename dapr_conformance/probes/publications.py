"""What may be published, generated, and how it comes to the app at the other end.

Every case is plain JSON: the body of a publication stands in it as base64.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers.cloud_event import CONTENT_TYPE
from dapr_conformance.probes.outcome import Violation
from dapr_conformance.probes.strategies import binaries, json_values, texts
from dapr_conformance.probes.topics import Place
from dapr_conformance.warden.protocol import Exchange, Match

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

Cases = SearchStrategy[dict[str, Any]]
ARRIVAL_S = 5.0

_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "Application/JSON;profile=x")
_TEXT_TYPES = (
    None,
    "text/plain",
    "text/html; charset=utf-8",
    "application/xml",
    "application/vnd.dc+json",
    "image/png",
)
_BYTES_TYPES = ("application/octet-stream", "application/octet-stream; x=1")
_EVENT_TYPES = (CONTENT_TYPE, f"{CONTENT_TYPE}; charset=utf-8")
_NO_JSON = (b"", b"{", b"nul", b"{'a':1}", b'"\xff', b"[1,]", b"\xef\xbb\xbf1")
_OVERRIDES = {"cloudevent.id": "id", "cloudevent.type": "type", "cloudevent.source": "source"}
# An event in binary mode is marked so; at this API such headers mean nothing, and the body is wrapped as any other.
_BINARY_MODE = [["ce-specversion", "1.0"], ["ce-id", "7"], ["ce-type", "dc"], ["ce-source", "/dc"]]


def payloads() -> Cases:
    """Give payloads that daprd wraps: {"content_type", "body", "headers", "metadata"}."""
    as_json = st.builds(_written, json_values(), st.booleans(), st.sampled_from((None, 1)))
    kinds = (
        _case(st.sampled_from(_JSON_TYPES), st.one_of(as_json, as_json, st.sampled_from(_NO_JSON).map(_base64))),
        _case(st.sampled_from(_TEXT_TYPES), st.one_of(texts().map(lambda text: _base64(text.encode())), binaries())),
        _case(st.sampled_from(_BYTES_TYPES), binaries()),
    )
    return st.one_of(kinds[0], *kinds)


def envelopes() -> Cases:
    """Give whole CloudEvents in structured mode: {"content_type", "event"}; any attribute may be missing."""
    attributes = {
        "id": _attribute(),
        "source": st.sampled_from(("/dc", "urn:dc:ä", "https://dc.example/a?b=c#d")),
        "type": _attribute(),
        "specversion": st.just("1.0"),
        "datacontenttype": st.sampled_from(("application/json", "application/xml")),
        "dataschema": st.just("https://dc.example/schema"),
        "subject": _attribute(),
        "time": st.sampled_from(("2020-02-29T23:59:59Z", "1985-04-12T23:20:50.520001+05:30")),
        "dcext": st.one_of(_attribute(), st.booleans(), st.integers(-(2**31), 2**31 - 1)),
        "topic": st.just("another"),
    }
    data = st.one_of(
        json_values().map(lambda value: {"data": value}),
        binaries().map(lambda text: {"data_base64": text}),
        st.just({}),
    )
    event = st.builds(lambda some, more: {**some, **more}, st.fixed_dictionaries({}, optional=attributes), data)
    return st.fixed_dictionaries({"content_type": st.sampled_from(_EVENT_TYPES), "event": event})


def raw_payloads() -> Cases:
    """Give payloads for a subscription with `rawPayload`, published raw or not: {"raw", "body"}."""
    return st.fixed_dictionaries({"raw": st.booleans(), "body": binaries()})


def body_of(case: dict[str, Any]) -> bytes:
    """Give the body of a case."""
    return base64.b64decode(case["body"])


def overridden(metadata: dict[str, str]) -> dict[str, str]:
    """Give the attributes that the metadata of a publication sets."""
    return {_OVERRIDES[name]: value for name, value in metadata.items() if name in _OVERRIDES}


def arrived(
    check: Check,
    place: Place,
    body: bytes,
    content_type: str | None,
    *,
    metadata: dict[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    """Publish on a topic that is lent to this example, and give what comes to the app there.

    Raises:
        Violation: the sidecar does not take it, or nothing comes.

    """
    since = check.inbound.mark()
    publisher = check.pubsub(place.pubsubname)
    reply = publisher.publish(place.topic, body, content_type=content_type, metadata=metadata, headers=headers)
    if reply.status != 204:
        raise Violation("204 for an event that is published", str(reply), calls=(reply,))
    found = check.inbound.wait(Match(path=place.route, complete=True), since=since, timeout_s=ARRIVAL_S)
    if not found:
        raise Violation("the event is delivered", f"not within {ARRIVAL_S:g} s", calls=(reply,))
    return found[0]


def delivered_event(delivery: Exchange) -> dict[str, Any]:
    """Give the envelope of a delivery; raise Violation if it is none or its content type is another one."""
    if delivery.request_header("content-type") != CONTENT_TYPE:
        said = f"content-type: {delivery.request_header('content-type')}"
        raise Violation(f"a delivery with content-type {CONTENT_TYPE}", said, calls=(delivery,))
    try:
        event = json.loads(delivery.request_body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise Violation("a JSON object", delivery.request_body[:300].decode("utf-8", "replace"), calls=(delivery,))
    return event


def _case(content_type: SearchStrategy[str | None], body: SearchStrategy[str]) -> Cases:
    headers = st.sampled_from(([], [], [], _BINARY_MODE))
    values = {**dict.fromkeys(_OVERRIDES, _attribute()), "ttlInSeconds": st.just("60")}
    metadata = st.fixed_dictionaries({}, optional=values)
    return st.fixed_dictionaries({"content_type": content_type, "body": body, "headers": headers, "metadata": metadata})


def _attribute() -> SearchStrategy[str]:
    """Give texts that an attribute may have and a header can carry: brokers make headers of metadata."""
    plain = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12)
    return st.one_of(st.sampled_from(("dc", "a b", "ä", "日本語", "🦊", "%41+b", '"q"')), plain.map(str.strip)).filter(
        bool
    )


def _written(value: Any, ascii_only: bool, indent: int | None) -> str:
    return _base64(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass"))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
