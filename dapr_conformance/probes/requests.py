"""Sends the manifest's requests to the app as one of its clients would, with identifiers filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema

from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Entity, Request
from dapr_conformance.warden.protocol import Exchange, Injection

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

ENTITY_LINE = "state.entity: {save: ..., get: ..., key: ..., schema: ...} in dapr-conformance.yaml"
ROOM_LINE = "state.entity.key: {type: string, maxLength: 64} in dapr-conformance.yaml"


def entity_of(check: Check) -> Entity:
    """Give the declared entity.

    Raises:
        Unsupported: none is declared; says the line that would.

    """
    entity = check.target.manifest.entity
    if entity is None:
        raise Unsupported("no route that saves and shows a record is declared", ENTITY_LINE)
    return entity


def send(
    check: Check,
    request: Request,
    identifier: str,
    *,
    body: Any = None,
    headers: tuple[tuple[str, str], ...] = (),
    timeout_s: float = 30.0,
) -> Exchange:
    """Send one declared request straight to the app and give the exchange.

    Args:
        check: the running check.
        request: the declared request; `{id}` in path and body is filled in.
        identifier: what `{id}` stands for.
        body: a JSON value in the place of the declared body.
        headers: more headers.
        timeout_s: how long the app may take.

    """
    content = filled(request.body, identifier) if body is None else body
    payload = b"" if content is None else json.dumps(content).encode()
    typed = (("content-type", "application/json"),) if payload else ()
    declared = tuple(request.headers.items())
    path = request.path.replace("{id}", quote(identifier, safe=""))
    return check.inbound.send(Injection(request.method, path, (*typed, *declared, *headers), payload, timeout_s))


def filled(value: Any, identifier: str) -> Any:
    """Give a JSON value with every `{id}` in its texts replaced."""
    if isinstance(value, str):
        return value.replace("{id}", identifier)
    if isinstance(value, list):
        return [filled(item, identifier) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, identifier) for key, item in value.items()}
    return value


def ok(exchange: Exchange) -> bool:
    """Tell whether the answer's status is 2xx."""
    return exchange.status is not None and 200 <= exchange.status < 300


def said(exchange: Exchange) -> str:
    """Give one line: the request and how it was answered."""
    body = exchange.response_body[:200].decode("utf-8", "replace")
    return f"{exchange.method} {exchange.target} -> {exchange.status or exchange.outcome} {body}".rstrip()


def identifier(check: Check, ending: str = "") -> str:
    """Give an identifier that no other example used and that the declared key schema allows, with `ending` if it may.

    Raises:
        Unsupported: no entity is declared, or its schema leaves no room for a fresh identifier.

    """
    found = fresh_identifier(check, ending)
    if found is None:
        raise Unsupported("the declared key schema leaves no room for a fresh identifier", ROOM_LINE)
    return found


def fresh_identifier(check: Check, ending: str = "") -> str | None:
    """Give what `identifier` gives, or None where the schema leaves no room."""
    schema, fresh = entity_of(check).key_schema, check.fresh("c")
    candidates = (f"{fresh}{ending}", fresh, fresh.replace("-", ""), str(int(fresh.split("-")[1], 16)))
    return next((candidate for candidate in candidates if allows(schema, candidate)), None)


def allows(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a JSON Schema allows a value."""
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))
