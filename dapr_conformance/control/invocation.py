"""Invoked routes: what the target was recorded to answer, what the manifest declares, and what nobody knows."""

from __future__ import annotations

import base64
from dataclasses import replace

from dapr_conformance.control.exchange import Answer, Request, json_answer
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import ControlSpec, InvocationRoute, RecordedAnswer
from dapr_conformance.control.template import match_path


class Invocation:
    """Answers every request, an unknown route as the target answers one; HEAD as GET without the body."""

    def __init__(self, spec: ControlSpec, seams: Seams) -> None:
        self._recorded = {(row.method, row.target): row for row in spec.answers}
        self._declared = spec.invocation_routes
        self._unknown = spec.unknown_route
        self.answer = seams.through("invocation_answer", self._answer)

    def _answer(self, request: Request) -> Answer:
        route = self._route(request)
        if route is not None and route.echo:  # what was recorded there answered another request
            return _echo(request)
        # The answer to HEAD follows from that to GET; one recorded for HEAD itself has lost its body's length.
        methods = ("GET", "HEAD") if request.method == "HEAD" else (request.method,)
        for method in methods:
            if (method, request.target) in self._recorded:
                return _as_recorded(self._recorded[method, request.target])
        if route is not None:
            return Answer(route.status, route.headers, route.body)
        if request.method == "HEAD":
            return self._answer(replace(request, method="GET"))
        return _as_recorded(self._unknown)

    def _route(self, request: Request) -> InvocationRoute | None:
        matching = (route for route in self._declared if route.method == request.method)
        return next((route for route in matching if match_path(route.path, request) is not None), None)


def _as_recorded(row: RecordedAnswer) -> Answer:
    return Answer(row.status, row.headers, row.body)


def _echo(request: Request) -> Answer:
    return json_answer(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": request.body.decode("utf-8", "replace"),
            "body_base64": base64.b64encode(request.body).decode(),
        }
    )
