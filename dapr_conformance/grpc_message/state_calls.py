"""State over gRPC: Dapr's proto runtime/v1 state.proto, and reference/api/state_api for the HTTP side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dapr_conformance.grpc_message.equivalent import (
    JSON,
    NO_CONTENT,
    Answer,
    Call,
    Request,
    dumped,
    loaded,
    metadata_of,
    path,
    present,
    value_of,
    with_query,
)
from dapr_conformance.grpc_message.fields import data, many, number, one, text, texts

_CONCURRENCY = ("", "first-write", "last-write")
_CONSISTENCY = ("", "eventual", "strong")
_OPTIONS = {"concurrency": number(1), "consistency": number(2)}
_ETAG = {"value": text(1)}
_ITEM = {
    "key": text(1),
    "value": data(2),
    "etag": one(3, _ETAG),
    "metadata": texts(4),
    "options": one(5, _OPTIONS),
}


def _item(item: Mapping[str, Any], *, deleted: bool = False) -> dict[str, Any]:
    value = {} if deleted and not item["value"] else {"value": value_of(item["value"])}
    etag = item["etag"]["value"] if item["etag"] else None
    more = present(etag=etag, metadata=item["metadata"], options=_options(item["options"]))
    return {"key": item["key"], **value, **more}


def _options(options: Mapping[str, Any] | None) -> dict[str, str]:
    if options is None:
        return {}
    words = {"concurrency": _CONCURRENCY, "consistency": _CONSISTENCY}
    return present(**{name: _word(words[name], options[name]) for name in words})


def _word(words: tuple[str, ...], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _at(words: tuple[str, ...], word: Any) -> int:
    return words.index(word) if word in words else 0


def _fields(item: Mapping[str, Any]) -> dict[str, Any]:
    value = {"value": dumped(item["value"])} if "value" in item else {}
    etag = {"etag": {"value": item["etag"]}} if item.get("etag") else {}
    options = item.get("options") or {}
    chosen = {
        "concurrency": _at(_CONCURRENCY, options.get("concurrency")),
        "consistency": _at(_CONSISTENCY, options.get("consistency")),
    }
    kept = {"key": str(item.get("key", "")), "metadata": item.get("metadata") or {}}
    return {**kept, **value, **etag, **({"options": chosen} if options else {})}


class SaveState(Call):
    """Records that are saved, not as one."""

    asks = {"store": text(1), "states": many(2, _ITEM)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        items = [_item(item) for item in asked["states"]]
        return Request("POST", path("v1.0", "state", asked["store"]), JSON, dumped(items))

    def asked(self, request: Request) -> dict[str, Any]:
        return {"store": request.parts()[2], "states": [_fields(item) for item in loaded(request.body, list)]}


class GetState(Call):
    """One record that is read."""

    asks = {"store": text(1), "key": text(2), "consistency": number(3), "metadata": texts(4)}
    gives = {"data": data(1), "etag": text(2), "metadata": texts(3)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = path("v1.0", "state", asked["store"], asked["key"])
        consistency = ("consistency", _word(_CONSISTENCY, asked["consistency"]))
        return Request("GET", with_query(target, consistency, metadata=asked["metadata"]))

    def asked(self, request: Request) -> dict[str, Any]:
        parts, query = request.parts(), dict(request.query())
        consistency = _at(_CONSISTENCY, query.get("consistency"))
        named = {"store": parts[2], "key": "/".join(parts[3:])}
        return {**named, "consistency": consistency, "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        if not given["data"] and not given["etag"]:
            return Answer(NO_CONTENT)
        return Answer(200, (*JSON, *((("etag", given["etag"]),) if given["etag"] else ())), given["data"])

    def given(self, answer: Answer) -> dict[str, Any]:
        etag = next((value for name, value in answer.headers if name.lower() == "etag"), "")
        return {"data": answer.body, "etag": etag}


class GetBulkState(Call):
    """Several records that are read."""

    asks = {"store": text(1), "keys": many(2), "parallelism": number(3), "metadata": texts(4)}
    gives = {
        "items": many(1, {"key": text(1), "data": data(2), "etag": text(3), "error": text(4), "metadata": texts(5)})
    }

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = with_query(path("v1.0", "state", asked["store"], "bulk"), metadata=asked["metadata"])
        body = {"keys": asked["keys"], "parallelism": asked["parallelism"]}
        return Request("POST", target, JSON, dumped(body))

    def asked(self, request: Request) -> dict[str, Any]:
        return {"store": request.parts()[2], **loaded(request.body, dict), "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200, JSON, dumped([_shown(item) for item in given["items"]]))

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"items": [_found(item) for item in loaded(answer.body, list)]}


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    data = {"data": value_of(item["data"])} if item["data"] else {}
    return {"key": item["key"], **data, **present(etag=item["etag"], error=item["error"], metadata=item["metadata"])}


def _found(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "data": dumped(item["data"]) if "data" in item else b""}


class DeleteState(Call):
    """One record that is deleted."""

    asks = {"store": text(1), "key": text(2), "etag": one(3, _ETAG), "options": one(4, _OPTIONS), "metadata": texts(5)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = path("v1.0", "state", asked["store"], asked["key"])
        guard = (("if-match", asked["etag"]["value"]),) if asked["etag"] else ()
        options = tuple(_options(asked["options"]).items())
        return Request("DELETE", with_query(target, *options, metadata=asked["metadata"]), guard)

    def asked(self, request: Request) -> dict[str, Any]:
        parts, etag, query = request.parts(), request.header("if-match"), dict(request.query())
        fields = _fields({"key": "/".join(parts[3:]), "etag": etag, "options": query})
        return {**fields, "store": parts[2], "metadata": metadata_of(request)}


class DeleteBulkState(Call):
    """Several records that are deleted; there is no such route over HTTP, so the keys stand beside one another."""

    asks = {"store": text(1), "states": many(2, _ITEM)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = path("v1.0", "state", asked["store"]) + "/" + ",".join(path(s["key"])[1:] for s in asked["states"])
        return Request("DELETE", target, JSON, dumped([_item(item, deleted=True) for item in asked["states"]]))

    def asked(self, request: Request) -> dict[str, Any]:
        return {"store": request.parts()[2], "states": [_fields(item) for item in loaded(request.body, list)]}


class ExecuteStateTransaction(Call):
    """Operations that are one."""

    asks = {
        "store": text(1),
        "operations": many(2, {"operation": text(1), "request": one(2, _ITEM)}),
        "metadata": texts(3),
    }

    def request(self, asked: Mapping[str, Any]) -> Request:
        rows = [
            {"operation": row["operation"], "request": _item(row["request"], deleted=row["operation"] == "delete")}
            for row in asked["operations"]
            if row["request"] is not None
        ]
        body = {"operations": rows, **present(metadata=asked["metadata"])}
        return Request("POST", path("v1.0", "state", asked["store"], "transaction"), JSON, dumped(body))

    def asked(self, request: Request) -> dict[str, Any]:
        body = loaded(request.body, dict)
        rows = [{**row, "request": _fields(row["request"])} for row in body.get("operations", ())]
        return {"store": request.parts()[2], "operations": rows, "metadata": body.get("metadata") or {}}


class QueryState(Call):
    """A query."""

    asks = {"store": text(1), "query": text(2), "metadata": texts(3)}
    gives = {
        "results": many(1, {"key": text(1), "data": data(2), "etag": text(3), "error": text(4)}),
        "token": text(2),
        "metadata": texts(3),
    }

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = with_query(path("v1.0-alpha1", "state", asked["store"], "query"), metadata=asked["metadata"])
        return Request("POST", target, JSON, asked["query"].encode())

    def asked(self, request: Request) -> dict[str, Any]:
        named = {"store": request.parts()[2], "query": request.body.decode("utf-8", "replace")}
        return {**named, "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        rows = [_shown({**row, "metadata": {}}) for row in given["results"]]
        body = {"results": rows, **present(token=given["token"], metadata=given["metadata"])}
        return Answer(200, JSON, dumped(body))

    def given(self, answer: Answer) -> dict[str, Any]:
        body = loaded(answer.body, dict)
        return {**body, "results": [_found(row) for row in body.get("results", ())]}
