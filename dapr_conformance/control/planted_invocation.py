"""Faults of an app that is invoked: each takes the right step and its arguments and gives a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dapr_conformance.control.exchange import Answer, Request, text_answer

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
_VIA_SIDECAR = ("dapr-caller-app-id", "x-forwarded-for", "x-forwarded-host", "forwarded")


def post_only(right: Step, _arguments: Arguments) -> Step:
    """Refuse every verb but POST."""
    return lambda request: right(request) if request.method == "POST" else text_answer(405, "use POST")


def head_refused(right: Step, _arguments: Arguments) -> Step:
    """Refuse HEAD."""
    return lambda request: text_answer(405, "no HEAD") if request.method == "HEAD" else right(request)


def ignores_body(right: Step, arguments: Arguments) -> Step:
    """Lose the body of requests with method `method` (default DELETE)."""
    method = arguments.get("method", "DELETE")
    return lambda request: right(replace(request, body=b"") if request.method == method else request)


def drops_query(right: Step, _arguments: Arguments) -> Step:
    """Lose the query."""
    return lambda request: right(replace(request, target=request.path))


def lowercases_header_values(right: Step, _arguments: Arguments) -> Step:
    """Take every header value in lower case."""
    return lambda request: right(
        replace(request, headers=tuple((name, value.lower()) for name, value in request.headers))
    )


def loses_repeated_header(right: Step, _arguments: Arguments) -> Step:
    """Keep the last one only of headers with one name."""
    return lambda request: right(
        replace(request, headers=tuple({name.lower(): (name, value) for name, value in request.headers}.values()))
    )


def text_bodies_only(right: Step, _arguments: Arguments) -> Step:
    """Read every body as UTF-8 text and lose what is none."""
    return lambda request: right(replace(request, body=request.body.decode("utf-8", "ignore").encode()))


def redirect_trailing_slash(right: Step, _arguments: Arguments) -> Step:
    """Redirect every path to the one with a slash at its end; daprd takes that slash away."""

    def answer(request: Request) -> Any:
        if not request.path.endswith("/"):
            return Answer(308, (("Location", request.path + "/"),))
        return right(replace(request, target=request.target.replace(request.path, request.path.rstrip("/"), 1)))

    return answer


def masks_errors(right: Step, _arguments: Arguments) -> Step:
    """Answer 200 for every error."""

    def answer(request: Request) -> Answer:
        honest: Answer = right(request)
        return replace(honest, status=200) if honest.status >= 400 else honest

    return answer


def differs_via_sidecar(right: Step, _arguments: Arguments) -> Step:
    """Answer 403 to what another app's sidecar brought."""

    def answer(request: Request) -> Any:
        return text_answer(403, "no proxies") if any(map(request.header, _VIA_SIDECAR)) else right(request)

    return answer


def checks_host(right: Step, _arguments: Arguments) -> Step:
    """Refuse requests that were meant for another host name than the app's own address."""

    def answer(request: Request) -> Any:
        meant = request.header("X-Forwarded-Host") or request.header("Host")
        return right(request) if meant == request.header("Host") else text_answer(421, "unknown host")

    return answer
