"""The record that the manifest declares (`state.entity`): saved, shown, listed, deleted as a client of the app does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dapr_conformance.checkers.json_value import contains
from dapr_conformance.checkers.writes import saved_keys
from dapr_conformance.probes import outgoing, requests
from dapr_conformance.probes.outcome import Unsupported, Violation
from dapr_conformance.target.model import Request
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

DELETE_LINE = "state.entity.delete: {method: DELETE, path: ...} in dapr-conformance.yaml"
_TWISTS: tuple[Callable[[str], str], ...] = (str.upper, lambda text: text + "0", lambda text: "0" + text)
_BESIDE = 2  # the app's own speed is the limit: more does not help it
CONFLICTS = (409, 412)
Headers = tuple[tuple[str, str], ...]


def width(check: Check) -> int:
    """Give how many examples may run beside one another: one where two of them could share a record."""
    declared = check.target.manifest.entity
    return _BESIDE if declared and requests.fresh_identifier(check) else 1


def save(check: Check, identifier: str, body: Any, headers: Headers = ()) -> Exchange:
    """Save a record."""
    return requests.send(check, requests.entity_of(check).save, identifier, body=body, headers=headers)


def saved(check: Check, identifier: str, body: Any) -> Exchange:
    """Save a record; raise Violation if the app refuses a body that the declared schema allows."""
    exchange = save(check, identifier, body)
    if not requests.ok(exchange):
        raise Violation("2xx for a body that the declared schema allows", requests.said(exchange), calls=(exchange,))
    return exchange


def get(check: Check, identifier: str) -> Exchange:
    """Read a record."""
    return requests.send(check, requests.entity_of(check).get, identifier)


def shown(check: Check, identifier: str, body: dict[str, Any]) -> Exchange:
    """Read a record; raise Violation if it is not shown as it was saved."""
    exchange = get(check, identifier)
    if not requests.ok(exchange) or not contains(body, content(exchange)):
        raise Violation(f"the saved record {json.dumps(body)}", requests.said(exchange))
    return exchange


def delete(check: Check, identifier: str, headers: Headers = ()) -> Exchange:
    """Delete a record.

    Raises:
        Unsupported: no route is declared that does; says the line that would.

    """
    route = requests.entity_of(check).delete
    if route is None:
        raise Unsupported("no route that deletes a record is declared", DELETE_LINE)
    return requests.send(check, route, identifier, headers=headers)


def deleted(check: Check, identifier: str, headers: Headers = ()) -> Exchange:
    """Delete a record that is there; raise Violation if the app refuses."""
    exchange = delete(check, identifier, headers)
    if not requests.ok(exchange):
        raise Violation("2xx for the deletion of a record that is there", requests.said(exchange), calls=(exchange,))
    return exchange


def listed(check: Check, identifier: str) -> bool:
    """Tell whether the declared list names a record; False where no list is declared."""
    route: Request | None = requests.entity_of(check).list
    if route is None:
        return False
    exchange = requests.send(check, route, identifier)
    return requests.ok(exchange) and identifier in exchange.response_body.decode("utf-8", "replace")


def near(check: Check, identifier: str) -> list[str]:
    """Give identifiers that an app may take for this one: other case, longer at either end.

    Where the key schema does not allow one, another fresh identifier stands in its place.
    """
    schema = requests.entity_of(check).key_schema
    twisted = [twist(identifier) for twist in _TWISTS]
    allowed = [each if each != identifier and requests.allows(schema, each) else "" for each in twisted]
    return [each or requests.identifier(check, "a") for each in allowed]


def condition(check: Check) -> str:
    """Give the header by which a client names the version that it has seen.

    Raises:
        Unsupported: none is declared; says the line that would.

    """
    header = requests.entity_of(check).conditional_header
    if header is None:
        raise Unsupported("no conditional header is declared", "state.entity.conditional: If-Match")
    return header


def keys_of(check: Check, identifier: str, since: outgoing.Marks) -> list[tuple[str, str]]:
    """Give (store, key) of what the app has saved over HTTP since then under a key that names the record."""
    found = [each for call in outgoing.writes(check, since) for each in saved_keys(call)]
    return [(store, key) for store, key in dict.fromkeys(found) if identifier in key]


def version(exchange: Exchange) -> str:
    """Give the ETag of a record that was read; raise Violation if there is none."""
    found = exchange.response_header("etag")
    if found is None:
        raise Violation("an ETag header on reading a record with conditional writes", "none")
    return found


def content(exchange: Exchange) -> Any:
    """Give the JSON of an answer; None where it is none."""
    try:
        return json.loads(exchange.response_body)
    except ValueError:
        return None
