"""Property 8, service invocation: a call of another app, by whatever method, arrives and is answered unchanged."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any

from dapr_conformance import Arena, Match, Rule, Unsupported, Violation, requirement, seam, wire
from dapr_conformance.checkers import declared_route, echo_view
from dapr_conformance.checkers.header_view import (
    added_by_caller,
    answer_difference,
    answer_view,
    request_difference,
    varying,
)
from dapr_conformance.checkers.normal_path import arrival
from dapr_conformance.probes import access, invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dapr_conformance import Check, Exchange, Reply
    from dapr_conformance.checkers.header_view import AnswerView
    from dapr_conformance.target.model import Route

SOURCE = "Dapr docs: reference/api/service_invocation_api"
FOUND_S = 10.0  # how long the other sidecar may take to see the app's entry in the name resolution
LARGE = (1 << 20, 4 << 20)  # up to daprd's own limit, 4 MiB
_BODYLESS_STATUS = (204, 304)
_ECHO = "/dc/echo.*"
_CALLED = "X-Dc-Call"
_ARRIVED = "a call that arrived"
_COMPARED = "an answer compared with direct ones"
_ANSWERED = Match(path=_ECHO, header=("dc-probe", "answer"))


@requirement(
    "A call through another app's sidecar MUST reach the app with its method, path, query, headers and body, and the "
    "app's status, headers and body MUST reach the caller.",
    title="Service invocation",
    block="service_invocation",
    vantage="sidecar",
    number=8,
    source=SOURCE,
    arena=Arena(app="control", peers=("caller",), topics=20),
    broken_by=(
        wire("the body changes", ("inbound", Rule(Match(method="PUT", path=_ECHO), "alter_request", body="other"))),
        wire(
            "a repeated header loses a line",
            ("inbound", Rule(Match(path=_ECHO), "alter_request", set_headers=(("X-Dc-A", "1"),))),
        ),
        wire("errors become 200", ("inbound", Rule(_ANSWERED, "alter_response", status=200))),
        wire(
            "a header of the answer is lost", ("inbound", Rule(_ANSWERED, "alter_response", remove_headers=("ETag",)))
        ),
        wire(
            "one call in fifty fails",
            ("inbound", Rule(Match(path=_ECHO), "fail", status=502, skip=49, limit=1)),
            verdict="flaky",
        ),
    ),
)
def sidecar(check: Check) -> None:
    """Judge the sidecar by an app that shows what arrives and answers what it is told."""
    check.once("the other sidecar finds the app", _found)
    cases = invocation.calls(invocation.paths(refused=True))
    check.for_all("a request arrives as sent", cases, _request_arrives, trigger=_ARRIVED)
    check.for_all("an answer comes back as given", invocation.answers(), _answer_comes_back)
    check.once("large bodies arrive whole", _large_bodies_arrive)


def _found(check: Check) -> None:
    access.refuse_closed_app(check.target)
    deadline = time.monotonic() + FOUND_S
    reply = _remote(check, "GET", "/dc/echo/found")
    while not reply.ok and time.monotonic() < deadline:
        reply = _remote(check, "GET", "/dc/echo/found")
    if not reply.ok:
        raise Violation("status 200 from the app behind the other sidecar", str(reply), calls=(reply,))


def _remote(
    check: Check, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
) -> Reply:
    return check.invoke(through_caller=True).call(method, target, headers=headers, body=body)


def _request_arrives(check: Check, case: dict[str, Any]) -> None:
    access.refuse_closed_app(check.target)
    below = "/dc/echo/" + "p/" * case["path"].replace("%2e", ".").count("..")  # so that no `..` leads out of it
    call, headers = check.fresh("call"), invocation.headers_of(case)
    target, body = invocation.target_of(case, below + case["path"]), invocation.body_of(case)
    wanted = arrival(target, check.expectations, remote=True)
    reply = _remote(check, case["method"], target, (*headers, (_CALLED, call)), body)
    if reply.status != wanted.status:
        raise Violation(f"status {wanted.status}", str(reply), calls=(reply,))
    if wanted.refused:
        return
    seen = _seen(check, case["method"], reply, call)
    check.seen(_ARRIVED)
    shown = (seen["method"], seen["target"], base64.b64decode(seen["body_base64"]))
    if shown != (case["method"], wanted.target, body):
        raise Violation(f"{(case['method'], wanted.target, body)} at the app", str(shown), calls=(reply,))
    lost = request_difference(headers, seen["headers"], check.expectations.hop_by_hop_stripped)
    if lost:
        raise Violation("the headers as they were sent", lost, calls=(reply,))


def _seen(check: Check, method: str, reply: Reply, call: str) -> dict[str, Any]:
    if method != "HEAD":
        return _object(reply)
    found = check.inbound.wait(Match(method="HEAD", header=(_CALLED, call)))  # the answer to HEAD shows nothing
    if not found:
        raise Violation("a HEAD request at the app", "none", calls=(reply,))
    request = found[0]
    return {"method": request.method, "target": request.target, "headers": request.request_headers, "body_base64": ""}


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        found = None
    if not isinstance(found, dict) or "body_base64" not in found:
        raise Violation("the app's answer, which shows the request", str(reply), calls=(reply,))
    return found


def _answer_comes_back(check: Check, case: dict[str, Any]) -> None:
    access.refuse_closed_app(check.target)
    given = {"status": case["status"], "headers": case["headers"], "body_base64": case["body"]}
    told = base64.b64encode(json.dumps(given).encode()).decode()
    reply = _remote(check, case["method"], "/dc/echo/answer", (("dc-answer", told), ("dc-probe", "answer")))
    bodyless = case["method"] == "HEAD" or case["status"] in _BODYLESS_STATUS
    body = b"" if bodyless else base64.b64decode(case["body"])
    wanted = answer_view(case["status"], [(name, value) for name, value in case["headers"]], body)
    different = answer_difference(wanted, answer_view(reply.status, reply.headers, reply.body))
    check.seen("an answer that came back")
    if different:
        raise Violation("the answer that the app gave", reply.failure or different, calls=(reply,))


def _large_bodies_arrive(check: Check) -> None:
    access.refuse_closed_app(check.target)
    for size in LARGE:
        body = os.urandom(size)
        reply = _remote(check, "POST", "/dc/echo/large", (("Content-Type", "application/octet-stream"),), body)
        if reply.status != 200 or base64.b64decode(_object(reply)["body_base64"]) != body:
            raise Violation(f"{size} bytes at the app and back", f"{reply.status or reply.failure}, other bytes")


@requirement(
    "The app MUST answer a call through its sidecar as it answers the same call made directly; every method that it "
    "declares MUST work, and what is sent MUST arrive.",
    title="Service invocation",
    block="service_invocation",
    vantage="app",
    number=8,
    source=SOURCE,
    broken_by=(
        seam("post_only"),
        seam("head_refused"),
        seam("ignores_body_on_delete"),
        seam("drops_query"),
        seam("lowercases_header_values"),
        seam("loses_repeated_header"),
        seam("text_bodies_only"),
        seam("redirect_trailing_slash"),
        seam("masks_errors"),
        seam("checks_host"),
        seam("differs_via_sidecar", verdict="warned"),
        wire(
            "what comes through the sidecar is answered in another way",
            ("inbound", Rule(Match(path="/dc-nowhere.*"), "fail", status=503)),
        ),
    ),
)
def app(check: Check) -> None:
    """Judge the app by generated calls, then by the routes that it declares."""
    routes = invocation.known_routes(check)
    cases = invocation.calls(invocation.known_paths(routes), headers=invocation.headers_for(check.target.app))
    check.for_all("through the sidecar as direct", cases, _is_same, trigger=_COMPARED)
    check.for_all("answered alike for another app", cases, _is_answered_alike, share=0.3)
    check.once("declared routes work", lambda c: _routes_work(c, routes))
    check.once("HEAD is GET without a body", lambda c: _head_is_get(c, routes))
    check.once("errors are not masked", lambda c: _unknown_is_refused(c, routes))
    echoes = [route for route in routes if route.echo]
    shown = invocation.echo_calls(echoes)
    check.for_all("an echo shows what was sent", shown, lambda c, case: _echo_shows(c, echoes, case), share=0.6)


def _is_same(check: Check, case: dict[str, Any]) -> None:
    target = invocation.target_of(case)
    arriving = arrival(target, check.expectations, remote=False)
    if arriving.refused:
        return
    traces, body = invocation.trace(check), invocation.body_of(case)
    sent = [invocation.headers_of(case, *_PLAIN, trace) for trace in traces]

    def ask(headers: Sequence[tuple[str, str]]) -> AnswerView:
        answer = invocation.direct(check, case["method"], arriving.target, headers, body)
        return invocation.view_of(check, case["method"], answer)

    one, two = map(ask, sent[:2])
    reply = invocation.through(check, case["method"], target, sent[2], body)
    got = invocation.view_of(check, case["method"], reply)
    if _steady(one, two) and answer_difference(one, got, ignored=varying(one, two)):
        # What only time changes (a date, a limit of calls per minute) shows in another direct call.
        two = ask(sent[0])
    if not _steady(one, two):
        check.count("calls not comparable, because two direct answers differ", 1)
        return
    check.seen(_COMPARED)
    different = answer_difference(one, got, ignored=varying(one, two))
    if different:
        raise Violation("through the sidecar the answer that the app gives directly", different, calls=(reply,))


def _steady(one: AnswerView, two: AnswerView) -> bool:
    return one.status is not None and (one.status, one.body) == (two.status, two.body)


# daprd's own HTTP client would ask for gzip and unpack it, and names itself where the caller does not.
_PLAIN = (("Accept-Encoding", "identity"), ("User-Agent", "dapr-conformance"))


def _is_answered_alike(check: Check, case: dict[str, Any]) -> None:
    arriving = arrival(invocation.target_of(case), check.expectations, remote=True)
    if arriving.refused:
        return
    sent, body = invocation.headers_of(case, *_PLAIN), invocation.body_of(case)
    added = added_by_caller("dapr-conformance-caller", check.target.app_id)

    def ask(*more: tuple[str, str]) -> Exchange:
        return invocation.direct(check, case["method"], arriving.target, (*sent, *more), body)

    one, two, other = ask(), ask(), ask(*added)
    if one.status == two.status != other.status and ask().status == one.status:
        # An app may well choose its callers, but then nothing tells that from refusing every other app.
        refused = other.status in (401, 403)
        expected = f"status {one.status} also with the headers that another app's sidecar adds"
        raise Violation(expected, f"status {other.status or other.outcome}", calls=(two, other), warned=refused)


def _routes_work(check: Check, routes: Sequence[Route]) -> None:
    identifier = check.fresh("c")
    invocation.prepare(check, identifier)
    replies = [invocation.call(check, route, identifier) for route in invocation.declared(routes)]
    check.seen("a declared route called", len(replies))
    unknown = invocation.told(invocation.nowhere(check, "GET"))
    for route, reply in zip(routes, replies, strict=True):
        strict = route in check.target.manifest.routes
        problem = declared_route.problem(route.path, invocation.told(reply), unknown, strict=strict)
        if problem:
            raise Violation(f"{route.method} {route.path} works as declared", f"{problem}: {reply}", calls=(reply,))


def _head_is_get(check: Check, routes: Sequence[Route]) -> None:
    both = [r for r in routes if r.method == "HEAD" and any(o.path == r.path and o.method == "GET" for o in routes)]
    if not both:
        raise Unsupported("no path is declared with both GET and HEAD", invocation.ROUTES_LINE)
    for route in both:
        got, again, head = (invocation.call(check, route, "dc-1", method) for method in ("GET", "GET", "HEAD"))
        views = [answer_view(each.status, each.headers, b"") for each in (got, again, head)]
        different = answer_difference(views[0], views[2], ignored=varying(views[0], views[1]))
        check.seen("HEAD compared with GET")
        if different or head.body:
            raise Violation("HEAD answered as GET, without a body", different or "a body", calls=(got, head))


def _unknown_is_refused(check: Check, routes: Sequence[Route]) -> None:
    invocation.declared(routes)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        reply = invocation.nowhere(check, method)
        if reply.ok:
            raise Violation("an error status for a route that does not exist", str(reply), calls=(reply,))
    check.seen("a call of a route that does not exist")


def _echo_shows(check: Check, echoes: Sequence[Route], case: dict[str, Any]) -> None:
    if not echoes:
        raise Unsupported("no route is declared that shows what it gets", invocation.ECHO_LINE)
    kept, typed, body = invocation.shown_by_echo(case)
    target = invocation.target_of(case)
    reply = invocation.through(check, case["method"], target, (*typed, *kept), body)
    if case["method"] == "HEAD":
        return
    sent = echo_view.Sent(case["method"], case["path"], case["query"], kept, body)
    different = f"status {reply.status}" if not reply.ok else echo_view.difference(sent, reply.body)
    check.seen("an echo of what was sent")
    if different:
        raise Violation("an echo of what was sent", different, calls=(reply,))
