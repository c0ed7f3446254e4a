"""What is tested and what it claims to do, as frozen values without any I/O.

Words follow Dapr: App, Component, Subscription, Configuration, Resiliency (docs: reference/resource-specs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dapr_conformance.errors import Location


@dataclass(frozen=True)
class App:
    """One app of a run file. `command` is an argv; empty means: a sidecar without an app.

    `dapr_http_port` and `dapr_grpc_port` are set where the run file gives them: the app may have them in its code.
    `daprd_flags` are flags of daprd, by name without dashes, that change what the app meets, such as `max-body-size`.
    """

    app_id: str
    directory: Path
    command: tuple[str, ...] = ()
    port: int | None = None
    protocol: str = "http"
    env: Mapping[str, str] = field(default_factory=dict)
    resources_paths: tuple[Path, ...] = ()
    config_path: Path | None = None
    health_check_path: str | None = None
    health_check: bool = False
    daprd_flags: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None
    dapr_http_port: int | None = None
    dapr_grpc_port: int | None = None
    port_location: Location | None = None

    @property
    def literal_ports(self) -> dict[int, str]:
        """Give the ports that are the app's own, each with what it is, in words behind the port's number."""
        named = (
            (self.dapr_grpc_port, f", the daprGRPCPort of the app {self.app_id!r},"),
            (self.dapr_http_port, f", the daprHTTPPort of the app {self.app_id!r},"),
            (self.port, f", which the app {self.app_id!r} listens on,"),
        )
        return {port: words for port, words in named if port}


@dataclass(frozen=True)
class MetadataItem:
    """One `spec.metadata` entry: either a literal `value` or the `(secret name, key)` of a secretKeyRef."""

    name: str
    value: str | None
    secret_ref: tuple[str, str] | None
    location: Location


@dataclass(frozen=True)
class Component:
    """One Component document. An empty `scopes` means: every app may use it; `location` is that of `spec.type`."""

    name: str
    type: str
    version: str
    metadata: tuple[MetadataItem, ...]
    scopes: tuple[str, ...]
    secret_store: str | None
    ignore_errors: bool
    location: Location
    document: Mapping[str, Any]

    @property
    def block(self) -> str:
        """Give the building block, the part of `type` before the first dot: `state` of `state.redis`."""
        return self.type.partition(".")[0]

    def setting(self, name: str) -> str | None:
        """Give the literal value of one metadata entry (names compare without case, as in daprd)."""
        for item in self.metadata:
            if item.name.lower() == name.lower():
                return item.value
        return None

    def visible_to(self, app_id: str) -> bool:
        """Tell whether daprd loads this component for that app (`scopes`)."""
        return not self.scopes or app_id in self.scopes


@dataclass(frozen=True)
class RoutingRule:
    """One rule of a Subscription document: the CEL expression `match`, and where it stands."""

    match: str
    location: Location


@dataclass(frozen=True)
class Subscription:
    """One topic subscription, from a file or from the app's `/dapr/subscribe` answer (then `location` is None).

    In a file `location` is that of the dead letter topic, where one is declared.
    """

    pubsubname: str
    topic: str
    routes: tuple[str, ...]
    dead_letter_topic: str | None = None
    scopes: tuple[str, ...] = ()
    bulk: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None
    pubsubname_location: Location | None = None
    document: Mapping[str, Any] = field(default_factory=dict)  # the whole Subscription document, if from a file
    rules: tuple[RoutingRule, ...] = ()  # those of a file

    def visible_to(self, app_id: str) -> bool:
        """Tell whether daprd starts this subscription for that app."""
        return not self.scopes or app_id in self.scopes


@dataclass(frozen=True)
class Resource:
    """Any other Dapr document (Configuration, Resiliency, HTTPEndpoint), scalars kept as text."""

    kind: str
    name: str
    document: Mapping[str, Any]
    location: Location
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One request of the manifest. `{id}` in path and body stands for an identifier that the harness draws."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Entity:
    """`state.entity`: how the app saves and shows one record (properties 2 and 3)."""

    save: Request
    get: Request
    list: Request | None = None
    delete: Request | None = None
    key_schema: Mapping[str, Any] = field(default_factory=dict)
    body_schema: Mapping[str, Any] = field(default_factory=dict)
    conditional_header: str | None = None


@dataclass(frozen=True)
class Bulk:
    """`state.bulk`: how the app shows and saves several records at once (property 4).

    `{ids}` in `get` stands for identifiers, `{records}` in `save` for records with their identifier under `id_field`;
    `records` is a JSON pointer into the answer to `get`.
    """

    get: Request | None = None
    save: Request | None = None
    id_field: str = "id"
    records: str = ""


@dataclass(frozen=True)
class Effect:
    """How to see what a handled event did: the value at JSON pointer `count` of the answer to `get`.

    A number counts itself, a list counts its items, anything else counts 1 when present.
    """

    get: str
    count: str = ""


@dataclass(frozen=True)
class Echo:
    """Where to see what a handler understood: in the answer to `get`, or under the state key `key` of `store`.

    `shows` gives for each JSON pointer into that the pointer into the event's data of what stands there.
    """

    get: str | None = None
    key: str | None = None
    store: str | None = None
    shows: Mapping[str, str] = field(default_factory=lambda: {"": ""})


@dataclass(frozen=True)
class Topic:
    """`topics.<name>`: sample events. `{id}` in them stands for an identifier that the harness draws."""

    name: str
    pubsubname: str | None = None
    given: tuple[Request, ...] = ()
    valid: Any = None
    invalid: Any = None
    failing: Any = None
    schema: Mapping[str, Any] | None = None
    echo: Echo | None = None
    effect: Effect | None = None
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """One entry of `invoke.routes`; with `echo` the answer is JSON {"method","path","query","headers","body"}."""

    method: str
    path: str
    body: Any = None
    content_type: str | None = None
    echo: bool = False


@dataclass(frozen=True)
class Health:
    """`health`: the routes that tell the app's health, and the components without which it is not ready."""

    ready: str | None = None
    live: str | None = None
    critical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What `dapr-conformance.yaml` declares. An empty one declares nothing: such parts are unsupported."""

    entity: Entity | None = None
    bulk: Bulk | None = None
    best_effort: tuple[str, ...] = ()
    topics: Mapping[str, Topic] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    health: Health = field(default_factory=Health)
    location: Location | None = None


@dataclass(frozen=True)
class Target:
    """The app under test with its siblings and all files that concern it.

    `components`, `subscriptions`, `resiliencies` and `others` hold every document found, also those scoped to
    other apps: filter with `visible_to`. `source` is the text for results.json; `notes` are for the header.
    """

    app: App
    source: str
    siblings: tuple[App, ...] = ()
    components: tuple[Component, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    resiliencies: tuple[Resource, ...] = ()
    configuration: Resource | None = None
    others: tuple[Resource, ...] = ()
    manifest: Manifest = field(default_factory=Manifest)
    notes: tuple[str, ...] = ()

    @property
    def app_id(self) -> str:
        """Give the app id of the app under test."""
        return self.app.app_id

    @property
    def kind(self) -> str:
        """Give `server` for an app with a port, else `client` (workers and one-shots are told apart when run)."""
        return "server" if self.app.port else "client"

    def components_of(self, block: str) -> tuple[Component, ...]:
        """Give the components of one building block that the target may use, in file order."""
        return tuple(c for c in self.components if c.block == block and c.visible_to(self.app_id))
