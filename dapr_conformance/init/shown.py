"""What a running app shows of itself: its OpenAPI document, health routes, routes that show what they get, handlers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dapr_conformance.init.proposal import Proposal
from dapr_conformance.init.samples import Sample
from dapr_conformance.probes import events, health, invocation, outgoing, requests
from dapr_conformance.probes.check import Check
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Route, Target
from dapr_conformance.warden.protocol import Exchange, Injection

OWN = "/openapi.json"
# Where frameworks show it: FastAPI, ASP.NET, Spring, Quarkus and others.
_PLACES = (
    OWN,
    "/swagger/v1/swagger.json",
    "/openapi/v1.json",
    "/v3/api-docs",
    "/q/openapi?format=json",
    "/swagger.json",
    "/api-docs",
    "/api/openapi.json",
    "/openapi.yaml",
    "/swagger/doc.json",
)
_FILES = ("openapi.json", "openapi.yaml", "openapi.yml", "swagger.json", "docs/openapi.json", "docs/openapi.yaml")
_READY = ("/readyz", "/ready", "/health/ready", "/healthz/ready", "/actuator/health/readiness", "/q/health/ready")
_LIVE = ("/healthz", "/livez", "/health/live", "/healthz/live", "/actuator/health/liveness", "/q/health/live")
_ECHO = frozenset({"method", "path", "query", "headers", "body"})
_IDENTIFIER = re.compile(r"(id|.*(Id|ID|_id))")


def document(check: Check, folder: Path) -> tuple[str, Any]:
    """Give (place, OpenAPI document): one that the app shows, else one in the project's folder, else ("", None)."""
    for path in _PLACES:
        answer = check.inbound.send(Injection("GET", path, timeout_s=5.0))
        found = _parsed(answer.response_body) if requests.ok(answer) else None
        if found is not None:
            return path, found
    return filed(folder)


def filed(folder: Path) -> tuple[str, Any]:
    """Give (file, OpenAPI document) of a project's folder, or ("", None)."""
    for name in _FILES:
        found = _parsed((folder / name).read_bytes()) if (folder / name).is_file() else None
        if found is not None:
            return name, found
    return "", None


def _parsed(text: bytes) -> Any:
    try:
        found = yaml.safe_load(text)  # JSON is YAML
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("paths"), dict) else None


def health_routes(check: Check) -> Iterator[Proposal]:
    """Give the lines of the routes that tell the app's health; what is critical only a person can say."""
    for name, paths in (("ready", _READY), ("live", _LIVE)):
        for path in health.present(check, paths):
            answer = health.ask(check, path)
            if requests.ok(answer):
                yield Proposal(("health", name), path, f"tried: GET {path} -> {answer.status}")
                break


def critical(target: Target) -> Iterator[Proposal]:
    """Give the components that may be critical, as a comment: only a person knows which of them are."""
    names = [each.name for block in health.ASKABLE for each in target.components_of(block)]
    if names:
        origin = "Fill in for property 24: those of the app's components without which it is not ready."
        yield Proposal(("health", "critical"), names, origin, sure=False)


def routes(check: Check, described: Sequence[Route], samples: Sequence[Sample], place: str) -> list[dict[str, Any]]:
    """Give entries of `invoke.routes` that a run cannot find by itself: it reads `/openapi.json`.

    Args:
        check: a check in the running arena.
        described: the routes of the OpenAPI document.
        samples: requests of the project's files.
        place: where the document was found.

    """
    taken = {"/" + path.lstrip("/") for one in _subscribed(check) for path in (one.path,)}
    known = {(route.method, route.path): route for route in described}
    for sample in samples:
        path = sample.to_app(check.target.app_id)
        if path and not any(key[0] == sample.method and _fits(key[1], path) for key in known):
            known[sample.method, path] = Route(sample.method, path, sample.body)
    of_document = {(route.method, route.path) for route in described} if place == OWN else set()
    found = []
    for key, route in known.items():
        if route.path in taken or invocation.NOT_INVOKED.search(route.path):
            continue
        entry = _entry(check, route)
        if entry and (entry.get("echo") or key not in of_document):
            found.append(entry)
    return found


def _fits(template: str, path: str) -> bool:
    parts = (re.escape(part) for part in re.split(r"\{[^/{}]+\}", template))
    return bool(re.fullmatch("[^/]+".join(parts), path.partition("?")[0]))


def _entry(check: Check, route: Route) -> dict[str, Any] | None:
    if route.content_type not in (None, "application/json"):
        return None
    target = invocation.filled(route.path, "dc-1")
    answer = invocation.direct(check, route.method, target, invocation.typed(route), invocation.body(route))
    if not requests.ok(answer):
        return None
    body = {} if route.body is None else {"body": route.body, "content_type": "application/json"}
    return {"method": route.method, "path": route.path, **body, **({"echo": True} if _echoes(answer, route) else {})}


def _echoes(answer: Exchange, route: Route) -> bool:
    try:
        found = json.loads(answer.response_body)
    except ValueError:
        return False
    return isinstance(found, Mapping) and found.keys() >= _ECHO and found["method"] == route.method


def topics(check: Check) -> list[str]:
    """Give the topics that the running app handles, each once, without those that take dead letters."""
    found = [route.subscription for route in _subscribed(check)]
    dead = {each.dead_letter_topic for each in found}
    return list(dict.fromkeys(each.topic for each in found if each.topic not in dead))


def _subscribed(check: Check) -> tuple[events.EventRoute, ...]:
    try:
        return events.routes(check)
    except Unsupported:
        return ()


def valid_events(check: Check, samples: Sequence[Sample]) -> Iterator[Proposal]:
    """Give the line `valid` of each topic to which a request of the project's files publishes."""
    for route in _subscribed(check):
        place = (route.subscription.pubsubname, route.subscription.topic)
        for sample in [each for each in samples if each.published == place and each.body is not None]:
            data = _data(sample.body)
            writes, why = _handled(check, route, data)
            tried = "tried twice: handled, with writes through its sidecar" if writes else f"tried: {why}"
            origin = f"from {sample.origin}, which publishes it; {tried}"
            yield Proposal(("topics", place[1], "valid"), data, origin, sure=writes)
            break


def _data(body: Any) -> Any:
    """Give the data of an event with `{id}` in the place of the identifiers that it names."""
    whole = body["data"] if isinstance(body, dict) and {"specversion", "data"} <= body.keys() else body
    if not isinstance(whole, dict):
        return whole
    return {n: "{id}" if _IDENTIFIER.fullmatch(n) and isinstance(v, str) else v for n, v in whole.items()}


def _handled(check: Check, route: events.EventRoute, data: Any) -> tuple[bool, str]:
    for _ in range(2):
        since, name = outgoing.marks(check), check.fresh("c")
        answer = events.deliver(check, route, events.envelope(check, route, requests.filled(data, name)))
        said = requests.said(answer)
        if not requests.ok(answer) or any(word in said for word in ('"RETRY"', '"DROP"')):
            return False, said
        if not outgoing.writes(check, since):
            return False, f"{said}, and it writes nothing through its sidecar"
    return True, ""
