"""What the control app is told to be, as one frozen value that travels to its process as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# JSON has no bytes; this key cannot be mistaken for one of the user's own documents.
_BYTES = "dapr-conformance:bytes"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PlantedFault:
    """A fault of `faults.FAULTS` (or a variant of `faults.VARIANTS`) by name, with its arguments as data."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OutgoingCall:
    """One call that the target was seen to make: `block` and `component` by Dapr's words, `path` with its query."""

    block: str
    component: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class RecordedAnswer:
    """What the target answered to one request; `target` is the raw path with its query."""

    method: str
    target: str
    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True)
class RequestTemplate:
    """How a declared request looks: `{id}` in path and body stands for an identifier."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class EntityRoutes:
    """The routes that save and show one record, and the state component that keeps it (None: own memory)."""

    component: str | None
    save: RequestTemplate
    get: RequestTemplate
    list: RequestTemplate | None = None
    delete: RequestTemplate | None = None
    conditional_header: str | None = None


@dataclass(frozen=True)
class BulkRoutes:
    """The routes that show and save several of the entity's records; see `state.bulk` of the manifest."""

    get: RequestTemplate | None = None
    save: RequestTemplate | None = None
    id_field: str = "id"
    records: str = ""


@dataclass(frozen=True)
class Echo:
    """Where the data of a good event is shown: see `topics.<name>.echo` of the manifest."""

    get: str | None = None
    key: str | None = None
    store: str | None = None
    shows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TopicBehaviour:
    """How events of one topic are told apart and what a good one does.

    `examples` holds those of `valid`, `invalid` and `failing` that are declared. `effect_get` is the path
    that shows the effect and `effect_count` the JSON pointer of what counts in its answer.
    """

    topic: str
    pubsubname: str | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    effect_get: str | None = None
    effect_count: str = ""
    echo: Echo | None = None


@dataclass(frozen=True)
class EventRoute:
    """A route that daprd delivers to, with the calls that the target makes for an event there."""

    route: str
    topics: tuple[TopicBehaviour, ...] = ()
    dead_letter: bool = False
    calls: tuple[OutgoingCall, ...] = ()


@dataclass(frozen=True)
class InvocationRoute:
    """A declared route: `echo` answers what arrived, otherwise status, headers and body are fixed."""

    method: str
    path: str
    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    echo: bool = False


@dataclass(frozen=True)
class HealthRoutes:
    """The health routes, and (building block, name) of the components without which the app is not ready."""

    live: tuple[str, ...] = ("/healthz",)
    ready: tuple[str, ...] = ("/readyz",)
    critical: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ControlSpec:
    """The whole control app. `subscriptions` is the JSON answer to `/dapr/subscribe`.

    `state_component` remembers which events were handled.
    """

    subscriptions: tuple[Mapping[str, Any], ...] = ()
    event_routes: tuple[EventRoute, ...] = ()
    entity: EntityRoutes | None = None
    bulk: BulkRoutes | None = None
    invocation_routes: tuple[InvocationRoute, ...] = ()
    answers: tuple[RecordedAnswer, ...] = ()
    unknown_route: RecordedAnswer = field(default_factory=lambda: RecordedAnswer("GET", "/", 404))
    health: HealthRoutes = field(default_factory=HealthRoutes)
    state_component: str | None = None
    faults: tuple[PlantedFault, ...] = ()

    def dumps(self) -> str:
        """Give the JSON text that `loads` reads."""
        return json.dumps(asdict(self), default=_bytes_as_json)

    @classmethod
    def loads(cls, text: str) -> ControlSpec:
        """Rebuild a spec from `dumps`."""
        row = json.loads(text, object_hook=_json_as_bytes)
        entity = row["entity"]
        return cls(
            subscriptions=tuple(row["subscriptions"]),
            event_routes=tuple(_event_route(each) for each in row["event_routes"]),
            entity=_entity(entity) if entity else None,
            bulk=_bulk(row["bulk"]) if row["bulk"] else None,
            invocation_routes=tuple(InvocationRoute(**_with_headers(each)) for each in row["invocation_routes"]),
            answers=tuple(RecordedAnswer(**_with_headers(each)) for each in row["answers"]),
            unknown_route=RecordedAnswer(**_with_headers(row["unknown_route"])),
            health=_health(row["health"]),
            state_component=row["state_component"],
            faults=tuple(PlantedFault(**each) for each in row["faults"]),
        )


def _bytes_as_json(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _json_as_bytes(row: dict[str, Any]) -> Any:
    return base64.b64decode(row[_BYTES]) if row.keys() == {_BYTES} else row


def _with_headers(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "headers": tuple((name, value) for name, value in row["headers"])}


def _event_route(row: Mapping[str, Any]) -> EventRoute:
    return EventRoute(
        route=row["route"],
        topics=tuple(_topic(each) for each in row["topics"]),
        dead_letter=row["dead_letter"],
        calls=tuple(OutgoingCall(**each) for each in row["calls"]),
    )


def _health(row: Mapping[str, Any]) -> HealthRoutes:
    critical = tuple((block, name) for block, name in row["critical"])
    return HealthRoutes(tuple(row["live"]), tuple(row["ready"]), critical)


def _topic(row: Mapping[str, Any]) -> TopicBehaviour:
    return TopicBehaviour(**{**row, "echo": Echo(**row["echo"]) if row["echo"] else None})


def _entity(row: Mapping[str, Any]) -> EntityRoutes:
    requests = {name: RequestTemplate(**row[name]) if row[name] else None for name in ("save", "get", "list", "delete")}
    return EntityRoutes(**{**row, **requests})


def _bulk(row: Mapping[str, Any]) -> BulkRoutes:
    return BulkRoutes(
        **{**row, **{name: RequestTemplate(**row[name]) if row[name] else None for name in ("get", "save")}}
    )
