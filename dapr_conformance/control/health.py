"""Liveness, which is about the process alone, and readiness, which is about what it needs to do its work."""

from __future__ import annotations

from urllib.parse import quote

from dapr_conformance.control.dapr_http import Dapr
from dapr_conformance.control.exchange import Answer, Request, json_answer, text_answer
from dapr_conformance.control.seams import Seams
from dapr_conformance.control.spec import HealthRoutes

# How a component is asked whether it works: what is refused or not found still comes from a component that does.
_QUESTIONS = {
    "state": ("GET", "/v1.0/state/{name}/readiness"),
    "pubsub": ("POST", "/v1.0/publish/{name}/readiness"),
    "secretstores": ("GET", "/v1.0/secrets/{name}/bulk"),
    "configuration": ("GET", "/v1.0/configuration/{name}?key=readiness"),
}


class Health:
    """Answers the health routes."""

    def __init__(self, routes: HealthRoutes, seams: Seams, dapr: Dapr) -> None:
        self._routes = routes
        self._dapr = dapr
        self._sidecar_status = seams.through("sidecar_status", self._ask_sidecar)
        self._component_status = seams.through("component_status", self._ask_component)
        self._is_fine = seams.through("is_fine", _is_fine)
        self._problem = seams.through("problem", self._find_problem)
        self._ready_answer = seams.through("ready_answer", _ready_answer)
        self._live_answer = seams.through("live_answer", _live_answer)

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for a health route; None for any other."""
        if request.method not in ("GET", "HEAD"):
            return None
        if request.path in self._routes.ready:
            return self._ready_answer(self._problem())
        return self._live_answer(self._ask_healthz) if request.path in self._routes.live else None

    def _find_problem(self) -> str | None:
        # Not /v1.0/healthz: that one waits for this app.
        if not self._is_fine(self._sidecar_status()):
            return "the sidecar"
        asked = ((name, self._component_status(block, name)) for block, name in self._routes.critical)
        return next((name for name, status in asked if not self._is_fine(status)), None)

    def _ask_sidecar(self) -> int:
        return self._dapr.call("GET", "/v1.0/healthz/outbound").status

    def _ask_healthz(self) -> int:
        return self._dapr.call("GET", "/v1.0/healthz").status

    def _ask_component(self, block: str, name: str) -> int:
        method, path = _QUESTIONS[block]
        body = b"{}" if method == "POST" else b""
        return self._dapr.call(method, path.format(name=quote(name, safe="")), body).status


def _is_fine(status: int) -> bool:
    return 0 < status < 500


def _ready_answer(problem: str | None) -> Answer:
    if problem is None:
        return json_answer({"status": "ready"})
    return json_answer({"status": "not ready", "problem": problem}, status=503)


def _live_answer(_healthz: object) -> Answer:
    return text_answer(200, "ok")
