"""What other apps may call: the verb and the path of an HTTP caller, or the verb and the method of a gRPC one."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from dapr.proto import common_v1

from app import orders

JSON = "application/json"
Response = common_v1.InvokeResponse
_VERBS = common_v1.HTTPExtension.Verb


class UnknownMethodError(Exception):
    """There is no such method."""


@dataclass(frozen=True)
class Call:
    """One call: what daprd sends, and the caller's headers."""

    request: common_v1.InvokeRequest
    metadata: Sequence[tuple[str, str | bytes]]

    @property
    def verb(self) -> str:
        """Give the verb of the HTTP caller."""
        return _VERBS.Name(self.request.http_extension.verb)

    @property
    def parts(self) -> list[str]:
        """Give the parts of the path; the caller's `%2F` is a `/` here already."""
        return self.request.method.split("/")


def answer(call: Call) -> Response:
    """Answer one call.

    Raises UnknownMethodError, orders.UnknownOrderError, orders.InvalidError, state.ConflictError, state.SidecarError.
    """
    known = _METHODS.get((call.verb, call.parts[0], len(call.parts)))
    if known is None:
        raise UnknownMethodError
    return known(call)


def _put(call: Call) -> Response:
    order_id = call.parts[1]
    return _json({"id": order_id, **orders.put(order_id, _content(call))})


def _get(call: Call) -> Response:
    order_id = call.parts[1]
    return _json({"id": order_id, **orders.get(order_id).value})


def _get_all(call: Call) -> Response:
    """Show the orders with these ids, such as `ids=1,2`; those that there are not are left out."""
    query = dict(parse_qsl(call.request.http_extension.querystring))
    wanted = [order_id for order_id in query.get("ids", "").split(",") if order_id]
    found = orders.get_all(wanted)
    return _json([{"id": order_id, **found[order_id]} for order_id in wanted if order_id in found])


def _delete(call: Call) -> Response:
    orders.delete(call.parts[1])
    return Response()


def _echo(call: Call) -> Response:
    """Show the request as it arrived."""
    request = call.request
    shown = {
        "method": call.verb,
        "path": f"/{request.method}",
        "query": request.http_extension.querystring,
        "headers": [[name, value] for name, value in call.metadata if isinstance(value, str)],
        "content_type": request.content_type,
        "body_base64": base64.b64encode(request.data.value).decode(),
    }
    return _json(shown)


def _content(call: Call) -> Any:
    try:
        return json.loads(call.request.data.value)
    except (ValueError, RecursionError) as error:
        raise orders.InvalidError("no JSON") from error


def _json(value: Any) -> Response:
    response = Response(content_type=JSON)
    response.data.value = json.dumps(value).encode()
    return response


# (verb, first part of the path, number of parts)
_METHODS: dict[tuple[str, str, int], Callable[[Call], Response]] = {
    ("PUT", "orders", 2): _put,
    ("GET", "orders", 2): _get,
    ("HEAD", "orders", 2): _get,
    ("GET", "orders", 1): _get_all,
    ("DELETE", "orders", 2): _delete,
    **{(verb, "echo", 1): _echo for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")},
}
