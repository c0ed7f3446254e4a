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

from dapr_conformance.probes import knowledge
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.probes.strategies import json_values
from dapr_conformance.target import openapi
from dapr_conformance.target.model import Route
from dapr_conformance.warden.protocol import Exchange, Injection

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.building_blocks.http import Reply
    from dapr_conformance.probes.check import Check

ROUTES_LINE = "invoke.routes: [{method: GET, path: /...}] in dapr-conformance.yaml"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
_BODYLESS = ("HEAD", "TRACE")
_PLACEHOLDER = re.compile(r"\{[^/{}]+\}")
# Routes of daprd's own calls are judged by other properties; calling the others would end the app.
_NOT_INVOKED = re.compile(r"^/(dapr|actors|job)/|shutdown|exit|quit|kill|terminat|restart", re.IGNORECASE)
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
_HOPS = ("TE", "Keep-Alive", "Proxy-Authorization", "X-Dc-Bin", "grpc-dc")
_TYPES = ("application/json", "application/octet-stream", "text/plain; charset=utf-8", "application/x-dc+json; v=1")


def paths(*, refused: bool) -> SearchStrategy[str]:
    """Give raw paths below a route, often such as daprd rewrites; with `refused` also those that it refuses."""
    parts = (*_PATH_PARTS, *_NASTY_PARTS, *(_REFUSED_PARTS if refused else ()))
    return st.lists(st.sampled_from(parts), max_size=6).map("".join)


def queries() -> SearchStrategy[str]:
    """Give raw queries of any characters that a request line can hold."""
    free = st.text("abc=&;?/:@!$'()*,+-._~%[]|<>^`{}\"\\", max_size=12)
    return st.one_of(st.sampled_from(_QUERIES), free)


def header_lists(*, names: Sequence[str] = (*_NAMES, *_HOPS)) -> SearchStrategy[list[list[str]]]:
    """Give header lines as [name, value], some names several times."""
    line = st.tuples(st.sampled_from(names), st.lists(st.sampled_from(_VALUES), min_size=1, max_size=3))
    several = st.lists(line, max_size=3, unique_by=lambda pair: pair[0].lower())
    return several.map(lambda lines: [[name, value] for name, values in lines for value in values])


def bodies() -> SearchStrategy[str]:
    """Give bodies in base64: JSON, any bytes, empty ones."""
    raw = st.one_of(
        st.just(b""),
        st.sampled_from([b"\x00", b"\xff\xfe", bytes(range(256)), b"a\r\nb", b"0" * 5000]),
        st.binary(max_size=40),
        json_values().map(lambda value: json.dumps(value).encode()),
    )
    return raw.map(lambda data: base64.b64encode(data).decode())


def requests(path: SearchStrategy[str], methods: SearchStrategy[str] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Give whole requests as JSON-able values: method, path, query, headers, base64 body."""
    fields = {
        "method": methods or st.sampled_from(METHODS),
        "path": path,
        "query": queries(),
        "headers": header_lists(),
        "content_type": st.sampled_from(_TYPES),
        "body": bodies(),
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


def through(check: Check, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> Reply:
    """Call the app through its own sidecar.

    Raises:
        Unsupported: the app's Configuration does not leave the invocation API open.

    """
    refuse_closed_api(check)
    return check.invoke().call(method, target, headers=headers, body=body)


def refuse_closed_api(check: Check) -> None:
    """Raise Unsupported with the line of the target's Configuration that closes the invocation API, if one does."""
    configuration = check.target.configuration
    api = _section(configuration.document if configuration else {}, "api")
    allowed, denied = (_invokes(api.get(key)) for key in ("allowed", "denied"))
    if configuration and (denied or (api.get("allowed") and not allowed)):
        raise Unsupported(
            "the app's Configuration closes the invocation API of its sidecar",
            f"{configuration.location}: spec.api.allowed with {{name: invoke, version: v1.0, protocol: http}}",
        )


def refuse_closed_access(check: Check) -> None:
    """Raise Unsupported with the line of the target's Configuration that keeps other apps out, if one does."""
    configuration = check.target.configuration
    access = _section(configuration.document if configuration else {}, "accessControl")
    if configuration and access and access.get("defaultAction") != "allow":
        raise Unsupported(
            "the app's access control admits only the apps that it names",
            f"{configuration.location}: spec.accessControl.defaultAction: allow",
        )


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    spec = document.get("spec")
    found = spec.get(name) if isinstance(spec, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _invokes(entries: Any) -> bool:
    return any(isinstance(entry, Mapping) and entry.get("name") == "invoke" for entry in entries or ())


def known_routes(check: Check) -> tuple[Route, ...]:
    """Give the routes that the manifest or the app's `/openapi.json` declares, without those that Dapr itself calls."""
    if check.target.app.port is None:
        return ()
    taken = {route for one in knowledge.subscriptions_of(check.environment) for route in one.routes}
    declared = check.target.manifest.routes
    seen = {(route.method, route.path) for route in declared}
    found = [route for route in _described(check) if (route.method, route.path) not in seen]
    return (*declared, *(r for r in found if r.path not in taken and not _NOT_INVOKED.search(r.path)))


def _described(check: Check) -> tuple[Route, ...]:
    answer = check.inbound.send(Injection("GET", "/openapi.json", timeout_s=5.0))
    try:
        return openapi.routes(json.loads(answer.response_body)) if answer.status == 200 else ()
    except ValueError:
        return ()


def is_template(route: Route) -> bool:
    """Tell whether the route's path has a placeholder."""
    return bool(_PLACEHOLDER.search(route.path))


def filled(path: str, identifier: str) -> str:
    """Give a path with every placeholder filled in."""
    return _PLACEHOLDER.sub(quote(identifier, safe=""), path)


def known_paths(routes: Sequence[Route]) -> SearchStrategy[str]:
    """Give paths that lead to known routes, and others that lead nowhere."""
    nowhere = paths(refused=False).map(lambda path: "/dc-nowhere/" + path)
    if not routes:
        return nowhere
    names = st.sampled_from(("dc-1", "a b", "ä", "a+b", "0"))
    known = st.builds(filled, st.sampled_from([route.path for route in routes]), names)
    return st.one_of(known, nowhere)
