"""Calls between apps, secrets, bindings, configuration, locks, health and jobs over gRPC (Dapr's protos runtime/v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from dapr_conformance.grpc_message.equivalent import (
    JSON,
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
from dapr_conformance.grpc_message.fields import Field, Table, data, many, number, one, text, texts
from dapr_conformance.grpc_message.status import name_of, to_http

_VERBS = ("POST", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
_POST = 3
_ANY = {"value": data(2)}
_INVOKE = {
    "method": text(1),
    "data": one(2, _ANY),
    "content_type": text(3),
    "http": one(4, {"verb": number(1), "query": text(2)}),
}
HEALTH = "/healthz"


def _invoked(asked: Mapping[str, Any], before: str) -> Request:
    http = asked["http"] or {"verb": 0, "query": ""}
    verb = _VERBS[http["verb"]] if 0 <= http["verb"] < len(_VERBS) else "POST"
    target = f"{before}/{quote(asked['method'], safe='/:@!$&()*+,;=~')}" + (
        f"?{http['query']}" if http["query"] else ""
    )
    typed = (("content-type", asked["content_type"]),) if asked["content_type"] else ()
    return Request(verb, target, typed, asked["data"]["value"] if asked["data"] else b"")


def _invocation(request: Request, method: str) -> dict[str, Any]:
    verb = _VERBS.index(request.method, 1) if request.method in _VERBS else _POST
    typed = {"data": {"value": request.body}, "content_type": request.header("content-type")}
    return {**typed, "method": method, "http": {"verb": verb, "query": request.target.partition("?")[2]}}


class _Invocation(Call):
    gives = {"data": one(1, _ANY), "content_type": text(2)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        typed = (("content-type", given["content_type"]),) if given["content_type"] else ()
        return Answer(200, typed, given["data"]["value"] if given["data"] else b"")

    def given(self, answer: Answer) -> dict[str, Any]:
        kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
        return {"data": {"value": answer.body}, "content_type": kind}

    def failure(self, code: int, text: str) -> Answer:
        # What an HTTP caller gets from daprd: google.rpc.Status as JSON, under this type.
        said = {"code": code, **present(message=text)}
        return Answer(to_http(code), (("content-type", "text/plain; charset=utf-8"),), dumped(said))


class OnInvoke(_Invocation):
    """A call of the app by another one."""

    asks = _INVOKE

    def request(self, asked: Mapping[str, Any]) -> Request:
        return _invoked(asked, "")

    def asked(self, request: Request) -> dict[str, Any]:
        return _invocation(request, "/".join(request.parts()))


class InvokeService(_Invocation):
    """A call of another app by the app."""

    asks = {"id": text(1), "message": one(3, _INVOKE)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        message = asked["message"] or {"method": "", "data": None, "content_type": "", "http": None}
        return _invoked(message, path("v1.0", "invoke", asked["id"], "method"))

    def asked(self, request: Request) -> dict[str, Any]:
        parts = request.parts()
        return {"id": parts[2], "message": _invocation(request, "/".join(parts[4:]))}

    def failure(self, code: int, text: str) -> Answer:
        return Answer(to_http(code), JSON, dumped({"errorCode": name_of(code), "message": text}))


class HealthCheck(Call):
    """daprd asks whether the app is healthy."""

    def request(self, _asked: Mapping[str, Any]) -> Request:
        return Request("GET", HEALTH)

    def asked(self, _request: Request) -> dict[str, Any]:
        return {}

    def answer(self, _given: Mapping[str, Any]) -> Answer:
        return Answer(200)


class ListInputBindings(Call):
    """Which input bindings the app takes; over HTTP daprd asks for each with OPTIONS."""

    gives = {"bindings": many(1)}

    def request(self, _asked: Mapping[str, Any]) -> Request:
        return Request("OPTIONS", "/")

    def asked(self, _request: Request) -> dict[str, Any]:
        return {}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200, JSON, dumped(given["bindings"]))

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"bindings": loaded(answer.body, list)}


class OnBindingEvent(Call):
    """An event of an input binding; its metadata are headers over HTTP."""

    asks = {"name": text(1), "data": data(2), "metadata": texts(3)}
    gives = {"store": text(1), "to": many(3), "data": data(4), "concurrency": number(5)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        return Request("POST", path(asked["name"]), tuple(asked["metadata"].items()), asked["data"])

    def asked(self, request: Request) -> dict[str, Any]:
        return {"name": request.parts()[0], "data": request.body, "metadata": dict(request.headers)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        shown = present(storeName=given["store"], to=given["to"])
        more = {"data": value_of(given["data"])} if given["data"] else {}
        return Answer(200, JSON, dumped({**shown, **more}))


class OnJobEvent(Call):
    """A job that is due."""

    asks = {"name": text(1), "data": one(2, _ANY), "method": text(3), "content_type": text(4)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        return Request("POST", path("job", asked["name"]), JSON, asked["data"]["value"] if asked["data"] else b"")

    def asked(self, request: Request) -> dict[str, Any]:
        name = request.parts()[1]
        return {"name": name, "method": f"job/{name}", "data": {"value": request.body}}

    def answer(self, _given: Mapping[str, Any]) -> Answer:
        return Answer(200)


class Secrets(Call):
    """One secret, or all that the app may read (`bulk`)."""

    def __init__(self, *, bulk: bool = False) -> None:
        """Take which of the two calls this is."""
        named: Table = {} if bulk else {"key": text(2)}
        inner = {"secrets": texts(1)}
        several = Field(1, "message", keyed=True, table=inner)
        self.asks = {"store": text(1), **named, "metadata": texts(2 if bulk else 3)}
        self.gives = {"data": several if bulk else texts(1)}
        self._bulk = bulk

    def request(self, asked: Mapping[str, Any]) -> Request:
        target = path("v1.0", "secrets", asked["store"], asked.get("key", "bulk"))
        return Request("GET", with_query(target, metadata=asked["metadata"]))

    def asked(self, request: Request) -> dict[str, Any]:
        parts = request.parts()
        return {"store": parts[2], "key": "/".join(parts[3:]), "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        found = {key: row["secrets"] for key, row in given["data"].items()} if self._bulk else given["data"]
        return Answer(200, JSON, dumped(found))

    def given(self, answer: Answer) -> dict[str, Any]:
        found = loaded(answer.body, dict) if answer.body else {}
        return {"data": {key: {"secrets": row} for key, row in found.items()} if self._bulk else found}


class InvokeBinding(Call):
    """A call of an output binding."""

    asks = {"name": text(1), "data": data(2), "metadata": texts(3), "operation": text(4)}
    gives = {"data": data(1), "metadata": texts(2)}

    def request(self, asked: Mapping[str, Any]) -> Request:
        more = {"data": value_of(asked["data"])} if asked["data"] else {}
        body = {"operation": asked["operation"], **present(metadata=asked["metadata"]), **more}
        return Request("POST", path("v1.0", "bindings", asked["name"]), JSON, dumped(body))

    def asked(self, request: Request) -> dict[str, Any]:
        body = loaded(request.body, dict)
        raw = {"data": dumped(body["data"])} if "data" in body else {}
        named = {"name": request.parts()[2], "operation": body.get("operation")}
        return {**named, "metadata": body.get("metadata") or {}, **raw}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200 if given["data"] else 204, (), given["data"])

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"data": answer.body}


class GetConfiguration(Call):
    """Items of a configuration store."""

    asks = {"store": text(1), "keys": many(2), "metadata": texts(3)}
    gives = {
        "items": Field(1, "message", keyed=True, table={"value": text(1), "version": text(2), "metadata": texts(3)})
    }

    def request(self, asked: Mapping[str, Any]) -> Request:
        keys = (("key", key) for key in asked["keys"])
        return Request(
            "GET", with_query(path("v1.0", "configuration", asked["store"]), *keys, metadata=asked["metadata"])
        )

    def asked(self, request: Request) -> dict[str, Any]:
        keys = [value for name, value in request.query() if name == "key"]
        return {"store": request.parts()[2], "keys": keys, "metadata": metadata_of(request)}

    def answer(self, given: Mapping[str, Any]) -> Answer:
        return Answer(200 if given["items"] else 204, JSON, dumped(given["items"]) if given["items"] else b"")

    def given(self, answer: Answer) -> dict[str, Any]:
        return {"items": loaded(answer.body, dict) if answer.body else {}}
