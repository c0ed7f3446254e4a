"""Calls of an app by others: generated requests, the routes it is known to have, and both ways to reach it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.checkers.declared_route import PLACEHOLDER, RouteAnswer
from dapr_conformance.checkers.header_view import AnswerView, answer_view
from dapr_conformance.probes import knowledge, requests
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.probes.strategies import binaries
from dapr_conformance.target import openapi
from dapr_conformance.target.model import App, Route
from dapr_conformance.warden.protocol import Exchange, Injection

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.building_blocks.http import Reply
    from dapr_conformance.probes.check import Check

ROUTES_LINE = "invoke.routes: [{method: GET, path: /...}] in dapr-conformance.yaml"
ECHO_LINE = "invoke.routes: [{method: POST, path: /..., echo: true}] in dapr-conformance.yaml"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
_BODYLESS = ("HEAD", "TRACE")
# Routes of daprd's own calls are judged by other properties; calling the others would end the app.
NOT_INVOKED = re.compile(r"^/(dapr|actors|job)/|shutdown|exit|quit|kill|terminat|restart", re.IGNORECASE)
_PATH_PARTS = ("a", "/", "b", "//", "..", ".", "%2F", "%252F", "%2541", "%41", "%20", "+", ";", "=", ":", "@", "~")
_NASTY_PARTS = (
    "%7E",
    "[x]",
    "%5B",
    "!*'()",
    "%C3%A4",
    "%e2%80%ae",
    "%F0%9F%A6%8A",
    "%2e%2e",
    "%26",
    "%3B",
    "$,",
    "%22",
)
_REFUSED_PARTS = ("%25", "%25b", "%23", "%3F", "%00", "%0A", "%7f", "%FF")
_QUERIES = ("", "a=1", "a=1&a=2&a=1", "a=%20+%2B", "a=b?c", "a;b=c", "&&=&", "%zz", "a=%00%0A", "=", "a=%C3%A4")
_VALUES = ("1", "One, two", "", "a  b", '"q"; x=1', "ä".encode().decode("latin-1"), "%41+b", "x" * 300)
_NAMES = (
    "X-Dc-A",
    "x-dc-b",
    "X_dc_C",
    "Cookie",
    "Authorization",
    "Via",
    "Accept",
    "If-Match",
    "Range",
    "X-Forwarded-For",
)
_ECHO_HEADERS = ("x-dc-a", "x-dc-b")
_HOPS = ("TE", "Keep-Alive", "Proxy-Authorization", "X-Dc-Bin", "grpc-dc")
_ANSWER_NAMES = ("ETag", "X-Dc-A", "Set-Cookie", "Location", "Retry-After", "Cache-Control", "WWW-Authenticate")
_STATUSES = (200, 201, 202, 203, 204, 206, 207, 299, 300, 301, 302, 303, 304, 307, 308, *range(400, 432), 451, 499)
_TYPES = ("application/json", "application/octet-stream", "text/plain; charset=utf-8", "application/x-dc+json; v=1")


def paths(*, refused: bool) -> SearchStrategy[str]:
    """Give raw paths below a route, often such as daprd rewrites; with `refused` also those that it refuses."""
    parts = (*_PATH_PARTS, *_NASTY_PARTS, *(_REFUSED_PARTS if refused else ()))
    return st.lists(st.sampled_from(parts), max_size=6).map("".join)


def queries() -> SearchStrategy[str]:
    """Give raw queries of any characters that a request line can hold."""
    free = st.text("abc=&;?/:@!$'()*,+-._~%[]|<>^`{}\"\\", max_size=12)
    return st.one_of(st.sampled_from(_QUERIES), free)


def header_lists(
    *, names: Sequence[str] = (*_NAMES, *_HOPS), values: Sequence[str] = _VALUES
) -> SearchStrategy[list[list[str]]]:
    """Give header lines as [name, value], some names several times."""
    line = st.tuples(st.sampled_from(names), st.lists(st.sampled_from(values), min_size=1, max_size=3))
    several = st.lists(line, max_size=3, unique_by=lambda pair: pair[0].lower())
    return several.map(lambda lines: [[name, value] for name, values in lines for value in values])


def calls(
    path: SearchStrategy[str],
    methods: SearchStrategy[str] | None = None,
    headers: SearchStrategy[list[list[str]]] | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """Give whole requests as JSON-able values: method, path, query, headers, base64 body."""
    fields = {
        "method": st.sampled_from(METHODS) if methods is None else methods,
        "path": path,
        "query": queries(),
        "headers": header_lists() if headers is None else headers,
        "content_type": st.sampled_from(_TYPES),
        "body": binaries(),
    }
    return st.fixed_dictionaries(fields)


def headers_for(app: App) -> SearchStrategy[list[list[str]]] | None:
    """Give the headers that can reach an app, None for all: gRPC's metadata are ASCII, and some names are its own."""
    if app.protocol != "grpc":
        return None
    return header_lists(names=_NAMES, values=[value for value in _VALUES if value.isascii()])


def answers() -> SearchStrategy[dict[str, Any]]:
    """Give whole answers to be given by the control app, with the method of the call."""
    fields = {
        "method": st.sampled_from(METHODS),
        "status": st.one_of(st.sampled_from(_STATUSES), st.integers(500, 599)),
        "headers": header_lists(names=_ANSWER_NAMES),
        "body": binaries(),
    }
    return st.fixed_dictionaries(fields)


def headers_of(case: Mapping[str, Any], *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Give the header lines of a generated request: its content type where it has a body, its own, and `more`."""
    typed = (("Content-Type", case["content_type"]),) if body_of(case) else ()
    return (*typed, *((name, value) for name, value in case["headers"]), *more)


def body_of(case: Mapping[str, Any]) -> bytes:
    """Give the body of a generated request; some methods have none."""
    return b"" if case["method"] in _BODYLESS else base64.b64decode(case["body"])


def target_of(case: Mapping[str, Any], path: str | None = None) -> str:
    """Give the raw target of a generated request, on another path if one is given."""
    return (case["path"] if path is None else path) + (f"?{case['query']}" if case["query"] else "")


def trace(check: Check) -> list[tuple[str, str]]:
    """Give three `traceparent` headers of one new trace with different spans."""
    digest = hashlib.sha256(check.fresh().encode()).hexdigest()
    return [("Traceparent", f"00-{digest[:32]}-{digest[at : at + 16]}-01") for at in (32, 40, 48)]


def direct(check: Check, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Exchange:
    """Call the app as its sidecar does (same `Host`), but past the sidecar."""
    recorder = next(r for r in check.environment.unit.recorders if r.name == check.inbound.name)
    host = ("Host", f"127.0.0.1:{recorder.listen_port}")
    length = () if body or method not in ("POST", "PUT", "PATCH") else (("Content-Length", "0"),)
    return check.inbound.send(Injection(method, target, (host, *headers, *length), body))


def view_of(check: Check, method: str, answer: Exchange | Reply) -> AnswerView:
    """Give an answer in the form in which it can be compared, be it given directly or through the sidecar.

    A gRPC app gives a message to HEAD, too, and its failures are written as JSON by daprd, with a library that puts
    spaces where it likes.
    """
    if isinstance(answer, Exchange):
        headers, body = answer.response_headers, answer.response_body
    else:
        headers, body = tuple(answer.headers), answer.body
    if check.target.app.protocol == "grpc":
        body = b"" if method == "HEAD" else _respelled(body)
    return answer_view(answer.status, headers, body)


def _respelled(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body)).encode()
    except ValueError:
        return body


def through(check: Check, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Reply:
    """Call the app through its own sidecar.

    Raises:
        Unsupported: the app's Configuration closes the invocation API.

    """
    return check.invoke().call(method, target, headers=headers, body=body)


def known_routes(check: Check) -> tuple[Route, ...]:
    """Give the routes that the manifest or the app's `/openapi.json` declares, without those that Dapr itself calls."""
    if check.target.app.port is None:
        return ()
    taken = {route for one in knowledge.subscriptions_of(check.environment) for route in one.routes}
    declared = check.target.manifest.routes
    seen = {(route.method, route.path) for route in declared}
    found = [route for route in _described(check) if (route.method, route.path) not in seen]
    return (*declared, *(r for r in found if r.path not in taken and not NOT_INVOKED.search(r.path)))


def _described(check: Check) -> tuple[Route, ...]:
    answer = check.inbound.send(Injection("GET", "/openapi.json", timeout_s=5.0))
    try:
        return openapi.routes(json.loads(answer.response_body)) if answer.status == 200 else ()
    except ValueError:
        return ()


def filled(path: str, identifier: str) -> str:
    """Give a path with every placeholder filled in."""
    return PLACEHOLDER.sub(quote(identifier, safe=""), path)


def known_paths(routes: Sequence[Route]) -> SearchStrategy[str]:
    """Give paths that lead to known routes, and others that lead nowhere."""
    unknown = paths(refused=False).map(lambda path: "/dc-nowhere/" + path)
    if not routes:
        return unknown
    names = st.sampled_from(("dc-1", "a b", "ä", "a+b", "0"))
    known = st.builds(filled, st.sampled_from([route.path for route in routes]), names)
    return st.one_of(known, unknown)


def declared(routes: Sequence[Route]) -> Sequence[Route]:
    """Give the routes back.

    Raises:
        Unsupported: there are none; says the line that would declare one.

    """
    if not routes:
        raise Unsupported("no route is declared, neither in the manifest nor in /openapi.json", ROUTES_LINE)
    return routes


def call(check: Check, route: Route, identifier: str, method: str | None = None) -> Reply:
    """Call a declared route with its body through the app's sidecar, by its own or by another method."""
    return through(check, method or route.method, filled(route.path, identifier), typed(route), body(route))


def typed(route: Route) -> tuple[tuple[str, str], ...]:
    """Give the content type of a declared route's body as a header, nothing where there is no body."""
    return () if route.body is None else (("Content-Type", route.content_type or "application/json"),)


def body(route: Route) -> bytes:
    """Give the declared body of a route as it is sent."""
    if route.body is None:
        return b""
    as_text = isinstance(route.body, str) and "json" not in (route.content_type or "json")
    return str(route.body).encode() if as_text else json.dumps(route.body).encode()


def nowhere(check: Check, method: str) -> Reply:
    """Call a route that no app has."""
    return through(check, method, f"/{check.fresh('dc-nowhere')}", ())


def told(reply: Reply) -> RouteAnswer:
    """Give what an answer says about its route."""
    return RouteAnswer(reply.status, reply.header("location") or "", reply.body)


def prepare(check: Check, identifier: str) -> None:
    """Send what the manifest says must be there (`given`), so that a declared route finds its record."""
    given = [request for topic in check.target.manifest.topics.values() for request in topic.given]
    for number, request in enumerate(given):
        if request not in given[:number]:
            requests.send(check, request, identifier)


def echo_calls(echoes: Sequence[Route]) -> SearchStrategy[dict[str, Any]]:
    """Give calls of echo routes, each with its own method."""
    if not echoes:
        return calls(st.just("/"))
    own = header_lists(names=_ECHO_HEADERS)
    each = [calls(st.just(filled(route.path, "dc-1")), st.just(route.method), own) for route in echoes]
    return st.one_of(each)


def shown_by_echo(case: Mapping[str, Any]) -> tuple[list[tuple[str, str]], tuple[tuple[str, str], ...], bytes]:
    """Give what of a generated call every framework can show: headers of its own, the content type, the body."""
    body = b"" if case["method"] in ("GET", "OPTIONS") else body_of(case)
    kept = [(name, value) for name, value in case["headers"] if name.lower() in _ECHO_HEADERS and value.isascii()]
    kind = case["content_type"] if _is_json(body) else "application/octet-stream"
    return kept, ((("Content-Type", kind),) if body else ()), body


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
