"""What a gRPC call says, as the exchange of Dapr's HTTP API that says the same.

A `Call` describes one gRPC method: tables of both messages, and how each becomes an HTTP message and back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from dapr_conformance.grpc_message.fields import Table
from dapr_conformance.grpc_message.status import from_http, name_of, to_http

Headers = tuple[tuple[str, str], ...]
JSON: Headers = (("content-type", "application/json"),)
CLOUD_EVENT = "application/cloudevents+json"
NO_CONTENT = 204
_METADATA = "metadata."


class Request(NamedTuple):
    """An HTTP request; `headers` are those that the message itself holds, not the call's metadata."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Give the first header of that name in lower case, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def parts(self) -> list[str]:
        """Give the decoded parts of the path."""
        return [unquote(part) for part in self.target.partition("?")[0].split("/")[1:]]

    def query(self) -> list[tuple[str, str]]:
        """Give the decoded pairs of the query."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class Call:
    """One gRPC method. `asks` and `gives` are its messages; each subclass says what they mean over HTTP."""

    asks: Table = MappingProxyType({})
    gives: Table = MappingProxyType({})

    def request(self, asked: Mapping[str, Any]) -> Request:
        """Give the HTTP request for a message."""
        raise NotImplementedError

    def asked(self, request: Request) -> dict[str, Any]:
        """Give the message for an HTTP request.

        Raises:
            ValueError: it cannot be said in such a message.

        """
        raise NotImplementedError

    def answer(self, _given: Mapping[str, Any]) -> Answer:
        """Give the HTTP answer for the message of a call that succeeded."""
        return Answer(NO_CONTENT)

    def given(self, _answer: Answer) -> dict[str, Any]:
        """Give the message for an HTTP answer whose code is OK.

        Raises:
            ValueError: it cannot be said in such a message.

        """
        return {}

    def failure(self, code: int, text: str) -> Answer:
        """Give the HTTP answer for a call that failed."""
        return Answer(to_http(code), JSON, dumped({"errorCode": name_of(code), "message": text}))

    def code(self, answer: Answer) -> int:
        """Give the gRPC status code for an HTTP answer."""
        return from_http(answer.status)


def path(*parts: str) -> str:
    """Give an absolute path of these parts, each encoded."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def with_query(target: str, *pairs: tuple[str, str], metadata: Mapping[str, str] | None = None) -> str:
    """Give a target with the pairs that have a value, and the metadata as Dapr's API takes it in a query."""
    every = [pair for pair in pairs if pair[1]] + [
        (_METADATA + name, value) for name, value in (metadata or {}).items()
    ]
    return target + "".join(f"{'&' if at else '?'}{quote(n)}={quote(v)}" for at, (n, v) in enumerate(every))


def metadata_of(request: Request) -> dict[str, str]:
    """Give the metadata in a request's query."""
    return {name[len(_METADATA) :]: value for name, value in request.query() if name.startswith(_METADATA)}


def dumped(value: Any) -> bytes:
    """Give JSON as compactly as Go writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def loaded(body: bytes, kind: type) -> Any:
    """Give the JSON value of a body, which must be of a kind.

    Raises:
        ValueError: it is not.

    """
    found = json.loads(body)
    if not isinstance(found, kind):
        raise ValueError(f"JSON of another kind than {kind.__name__}")  # noqa: TRY004 - one error for all bodies
    return found


def value_of(data: bytes) -> Any:
    """Give bytes as a JSON value: what they say as JSON, else as text, else in base64."""
    try:
        return json.loads(data)
    except ValueError:
        pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def present(**values: Any) -> dict[str, Any]:
    """Give the values that are there."""
    return {name: value for name, value in values.items() if value not in (None, "", b"", {}, [])}
