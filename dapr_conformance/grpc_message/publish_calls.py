"""Events that an app publishes over gRPC (Dapr's proto runtime/v1 pubsub.proto, and reference/api/pubsub_api)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dapr_conformance.grpc_message.delivery_calls import is_json
from dapr_conformance.grpc_message.equivalent import (
    JSON,
    Answer,
    Call,
    Request,
    dumped,
    loaded,
    metadata_of,
    path,
    value_of,
    with_query,
)
from dapr_conformance.grpc_message.fields import data, many, text, texts
from dapr_conformance.grpc_message.status import OK, from_http


class PublishEvent(Call):
    """An event that the app publishes."""

    asks = {
        "pubsub_name": text(1),
        "topic": text(2),
        "data": data(3),
        "content_type": text(4),
        "metadata": texts(5),
    }

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = with_query(path("v1.0", "publish", asked["pubsub_name"], asked["topic"]), metadata=asked["metadata"])
        typed = (("content-type", asked["content_type"]),) if asked["content_type"] else ()
        return Request("POST", target, typed, asked["data"])

    def asked(self, request: Request) -> dict[str, Any]:
        parts = request.parts()
        typed = {"content_type": request.header("content-type"), "metadata": metadata_of(request)}
        return {**typed, "pubsub_name": parts[2], "topic": "/".join(parts[3:]), "data": request.body}


class BulkPublishEvent(Call):
    """Several events that the app publishes; entries that failed make it a failure over HTTP."""

    asks = {
        "pubsub_name": text(1),
        "topic": text(2),
        "entries": many(3, {"entryId": text(1), "event": data(2), "contentType": text(3), "metadata": texts(4)}),
        "metadata": texts(4),
    }
    gives = {"failedEntries": many(1, {"entryId": text(1), "error": text(2)})}

    def __init__(self, version: str) -> None:
        """Take the version of the HTTP API."""
        self._version = version

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = path(self._version, "publish", "bulk", asked["pubsub_name"], asked["topic"])
        entries = [{**entry, "event": value_of(entry["event"])} for entry in asked["entries"]]
        return Request("POST", with_query(target, metadata=asked["metadata"]), JSON, dumped(entries))

    def asked(self, request: Request) -> dict[str, Any]:
        parts = request.parts()
        entries = [{**entry, "event": _event_bytes(entry)} for entry in loaded(request.body, list)]
        named = {"pubsub_name": parts[3], "topic": "/".join(parts[4:])}
        return {**named, "entries": entries, "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        if not given["failedEntries"]:
            return Answer(204)
        failed = {"failedEntries": given["failedEntries"], "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE"}
        return Answer(500, JSON, dumped(failed))

    def code(self, answer: Answer) -> int:
        return OK if b'"failedEntries"' in answer.body else from_http(answer.status)

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"failedEntries": loaded(answer.body, dict).get("failedEntries", [])} if answer.body else {}


def _event_bytes(entry: Mapping[str, Any]) -> bytes:
    event = entry.get("event")
    if isinstance(event, str) and not is_json(entry.get("contentType") or ""):
        return event.encode()
    return dumped(event)
