"""Events that daprd delivers to a gRPC app, and what that subscribes to.

Rule: Dapr's proto runtime/v1 appcallback.proto, and its reference/api/pubsub_api for the HTTP side.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from dapr_conformance.grpc_message.equivalent import (
    CLOUD_EVENT,
    JSON,
    Answer,
    Call,
    Request,
    dumped,
    loaded,
    path,
    present,
    value_of,
)
from dapr_conformance.grpc_message.fields import data, many, number, one, struct_of, text, texts
from dapr_conformance.grpc_message.status import INTERNAL, UNIMPLEMENTED, from_http, name_of

SUBSCRIBE = "/dapr/subscribe"
TOPIC = "topic"  # header of an event's delivery: the topic by which it comes
_WORDS = ("SUCCESS", "RETRY", "DROP")
# attribute of the envelope -> field of the message
_ATTRIBUTES = {
    "id": "id",
    "source": "source",
    "type": "type",
    "specversion": "spec_version",
    "datacontenttype": "data_content_type",
}
_ALSO = {**_ATTRIBUTES, "topic": "topic", "pubsubname": "pubsub_name"}
_EVENT = {
    "id": text(1),
    "source": text(2),
    "type": text(3),
    "spec_version": text(4),
    "data_content_type": text(5),
    "extensions": struct_of(10),
}


def default_route(pubsubname: str, topic: str) -> str:
    """Give the path under which events of a topic are recorded that a gRPC app takes without a route."""
    return path(pubsubname, topic)


def is_json(content_type: str) -> bool:
    """Tell whether daprd takes the data of an event with this content type for JSON."""
    return _kind(content_type) in ("application/json", CLOUD_EVENT)


def is_text(content_type: str) -> bool:
    """Tell whether daprd takes the data of an event with this content type for text."""
    return _kind(content_type).startswith("text/") or _kind(content_type) == "application/xml"


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].lower()


class Routes:
    """Paths of subscriptions as the app wrote them: daprd hands them back exactly, an HTTP target begins with `/`."""

    def __init__(self) -> None:
        """Know none."""
        self._written: dict[tuple[str, str, str], str] = {}

    def target(self, pubsubname: str, topic: str, written: str) -> str:
        """Give the HTTP target of a path, and remember how it was written."""
        target = "/" + written.lstrip("/") if written else default_route(pubsubname, topic)
        self._written[pubsubname, topic, target] = written
        return target

    def written(self, pubsubname: str, topic: str, target: str) -> str:
        """Give a path as it was written."""
        known = self._written.get((pubsubname, topic, target))
        return ("" if target == default_route(pubsubname, topic) else target) if known is None else known


def envelope(message: Mapping[str, Any], names: Mapping[str, str] = _ALSO) -> dict[str, Any]:
    """Give the CloudEvents envelope that daprd has cut into a message."""
    content_type, raw = message["data_content_type"], message["data"]
    # A dead letter has two topics: the envelope's, among the extensions, and the one by which it was delivered.
    fields = {name: message[field] for name, field in names.items() if message[field]}
    made = {**fields, **message["extensions"]}
    if not raw:
        return made
    if is_json(content_type):
        return {**made, "data": value_of(raw)}
    if is_text(content_type):
        return {**made, "data": raw.decode("utf-8", "replace")}
    return {**made, "data_base64": base64.b64encode(raw).decode()}


def cut(event: Mapping[str, Any]) -> dict[str, Any]:
    """Cut an envelope into a message, as daprd does (GRPCEnvelopeFromSubscriptionMessage)."""
    fields = {field: event[name] for name, field in _ATTRIBUTES.items() if isinstance(event.get(name), str)}
    others = {name: value for name, value in event.items() if name not in (*_ATTRIBUTES, "data", "data_base64")}
    return {**fields, "data": _event_data(event), "extensions": others}


def _event_data(event: Mapping[str, Any]) -> bytes:
    if isinstance(event.get("data_base64"), str):
        return base64.b64decode(event["data_base64"])
    value, content_type = event.get("data"), str(event.get("datacontenttype", ""))
    if value is None:
        return b""
    if isinstance(value, str) and is_text(content_type):
        return value.encode("utf-8", "replace")
    return dumped(value) if is_json(content_type) or is_text(content_type) else b""


def word_of(status: int) -> str:
    """Give the word for a status of TopicEventResponse; a number without one is given as digits."""
    return _WORDS[status] if 0 <= status < len(_WORDS) else str(status)


def status_of(word: Any) -> int:
    """Give the status for a word; one that daprd does not know becomes a number that it does not know."""
    return _WORDS.index(word or _WORDS[0]) if (word or _WORDS[0]) in _WORDS else len(_WORDS)


class _Delivery(Call):
    """A delivery: every failure but UNIMPLEMENTED asks for another attempt, whatever its code."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes

    def failure(self, code: int, text: str) -> Answer:
        status = 404 if code == UNIMPLEMENTED else 500
        return Answer(status, JSON, dumped({"errorCode": name_of(code), "message": text}))

    def code(self, answer: Answer) -> int:
        code = from_http(answer.status)
        if answer.status == 404:
            return UNIMPLEMENTED
        return INTERNAL if code == UNIMPLEMENTED else code


class OnTopicEvent(_Delivery):
    """One event to the app."""

    asks = {**_EVENT, "data": data(7), "topic": text(6), "pubsub_name": text(8), "path": text(9)}
    gives = {"status": number(1)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = self.routes.target(asked["pubsub_name"], asked["topic"], asked["path"])
        headers = (("content-type", CLOUD_EVENT), (TOPIC, asked["topic"]))
        return Request("POST", target, headers, dumped(envelope(asked)))

    def asked(self, request: Request) -> dict[str, Any]:
        event = loaded(request.body, dict)
        pubsubname, topic = str(event.get("pubsubname", "")), request.header(TOPIC) or str(event.get("topic", ""))
        written = self.routes.written(pubsubname, topic, request.target)
        return {**cut(event), "pubsub_name": pubsubname, "topic": topic, "path": written}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200, JSON, dumped({"status": word_of(given["status"])}))

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"status": status_of(loaded(answer.body, dict).get("status") if answer.body.strip() else None)}


_CE_EVENT = {**{name: field for name, field in _EVENT.items() if name != "extensions"}, "extensions": struct_of(7)}
_ENTRY = {
    "entry_id": text(1),
    "bytes": data(2),
    "cloud_event": one(3, {**_CE_EVENT, "data": data(6)}),
    "content_type": text(4),
    "metadata": texts(5),
}


class OnBulkTopicEvent(_Delivery):
    """Several events to the app."""

    asks = {
        "id": text(1),
        "entries": many(2, _ENTRY),
        "metadata": texts(3),
        "topic": text(4),
        "pubsub_name": text(5),
        "type": text(6),
        "path": text(7),
    }
    gives = {"statuses": many(1, {"entry_id": text(1), "status": number(2)})}

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = self.routes.target(asked["pubsub_name"], asked["topic"], asked["path"])
        kept = {name: asked[name] for name in ("id", "topic", "type", "metadata")}
        entries = [_bulk_entry(entry) for entry in asked["entries"]]
        return Request("POST", target, JSON, dumped({**kept, "pubsubname": asked["pubsub_name"], "entries": entries}))

    def asked(self, request: Request) -> dict[str, Any]:
        bulk = loaded(request.body, dict)
        written = self.routes.written(bulk.get("pubsubname", ""), bulk.get("topic", ""), request.target)
        entries = [_entry_fields(entry) for entry in bulk.get("entries", ())]
        return {**bulk, "pubsub_name": bulk.get("pubsubname"), "entries": entries, "path": written}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        rows = [{"entryId": row["entry_id"], "status": word_of(row["status"])} for row in given["statuses"]]
        return Answer(200, JSON, dumped({"statuses": rows}))

    def given(self, answer: Answer) -> dict[str, Any]:
        rows = loaded(answer.body, dict).get("statuses", ())
        return {"statuses": [{"entry_id": row["entryId"], "status": status_of(row.get("status"))} for row in rows]}


def _bulk_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    event = entry["cloud_event"]
    shown = base64.b64encode(entry["bytes"]).decode() if event is None else envelope(event, _ATTRIBUTES)
    kept = {"entryId": entry["entry_id"], "event": shown, "contentType": entry["content_type"]}
    return {**kept, "metadata": entry["metadata"]}


def _entry_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    event = entry.get("event")
    shown = {"cloud_event": cut(event)} if isinstance(event, dict) else {"bytes": base64.b64decode(event or "")}
    kept = {"entry_id": entry.get("entryId"), "content_type": entry.get("contentType")}
    return {**kept, **shown, "metadata": entry.get("metadata") or {}}


_RULE = {"match": text(1), "path": text(2)}
_SUBSCRIPTION = {
    "pubsub_name": text(1),
    "topic": text(2),
    "metadata": texts(3),
    "routes": one(5, {"rules": many(1, _RULE), "default": text(2)}),
    "dead_letter_topic": text(6),
    "bulk_subscribe": one(7, {"enabled": number(1)}),
}


class ListTopicSubscriptions(_Delivery):
    """What the app subscribes to; without a route it is shown with the one that its events are recorded by."""

    gives = {"subscriptions": many(1, _SUBSCRIPTION)}

    def request(self, _asked: Mapping[str, Any]) -> Request:
        return Request("GET", SUBSCRIBE)

    def asked(self, _request: Request) -> dict[str, Any]:
        return {}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200, JSON, dumped([self._shown(one) for one in given["subscriptions"]]))

    def _shown(self, one: Mapping[str, Any]) -> dict[str, Any]:
        at = (one["pubsub_name"], one["topic"])
        routes = one["routes"] or {"rules": [], "default": ""}
        rules = [{**rule, "path": self.routes.target(*at, rule["path"])} for rule in routes["rules"]]
        plain = {"default": self.routes.target(*at, routes["default"])} if routes["default"] or not rules else {}
        bulk = {"enabled": bool(one["bulk_subscribe"]["enabled"])} if one["bulk_subscribe"] else None
        shown = {"pubsubname": at[0], "topic": at[1], "routes": {**present(rules=rules), **plain}}
        return {
            **shown,
            **present(metadata=one["metadata"], deadLetterTopic=one["dead_letter_topic"], bulkSubscribe=bulk),
        }

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"subscriptions": [self._subscription(one) for one in loaded(answer.body, list)]}

    def _subscription(self, one: Mapping[str, Any]) -> dict[str, Any]:
        at, routes = (one.get("pubsubname", ""), one.get("topic", "")), one.get("routes") or {}
        rules = [{**rule, "path": self.routes.written(*at, rule["path"])} for rule in routes.get("rules", ())]
        plain = routes.get("default") or one.get("route")
        written = {"rules": rules, "default": self.routes.written(*at, plain) if plain else ""}
        named = {"pubsub_name": at[0], "topic": at[1], "dead_letter_topic": one.get("deadLetterTopic")}
        bulk = {"bulk_subscribe": {"enabled": int(one["bulkSubscribe"]["enabled"])}} if "bulkSubscribe" in one else {}
        return {**named, **bulk, "metadata": one.get("metadata") or {}, "routes": written}
