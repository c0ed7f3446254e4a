"""A sidecar that runs already (`--dapr-attach`): judged where its API is enough, never started or ended."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dapr_conformance.building_blocks.http import HttpClient
from dapr_conformance.environment.plan import ArenaPlan, Unit
from dapr_conformance.environment.rung import OWN
from dapr_conformance.environment.sidecar import SidecarPorts
from dapr_conformance.environment.stand_ins import Embedded
from dapr_conformance.environment.start import Environment
from dapr_conformance.errors import BlockedError, Location, UsageError
from dapr_conformance.requirement import Arena
from dapr_conformance.runtime.model import Runtime
from dapr_conformance.runtime.versions import DEFAULT
from dapr_conformance.target.model import App, Component, Target
from dapr_conformance.warden.client import Warden

_ANSWER_S = 5.0
_LISTENS_NOWHERE = SidecarPorts(0, 0, 0, 0, 0, 0)  # what is not known of it


@dataclass(frozen=True)
class Attachment:
    """Where a sidecar's HTTP API is, and whether checks may write through it."""

    host: str
    port: int
    allow_writes: bool = False

    @classmethod
    def at(cls, url: str, *, allow_writes: bool) -> Attachment:
        """Read the URL of a sidecar's HTTP API, such as `http://127.0.0.1:3500`.

        Raises:
            UsageError: it is none.

        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or url.rstrip("/").lower() not in (f"http://{host}:{port}", f"http://[{host}]:{port}"):
            raise UsageError(
                f"--dapr-attach={url}: this is no address of a sidecar's HTTP API",
                advice="give it as http://HOST:PORT, for example http://127.0.0.1:3500",
            )
        return cls(host, port, allow_writes)

    def __str__(self) -> str:
        """Give the address as a URL."""
        return f"http://{self.authority}"

    @property
    def authority(self) -> str:
        """Give host and port as a URL and the header Host have them (RFC 3986, 3.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def client(self) -> HttpClient:
        """Give a client of its HTTP API."""
        return HttpClient(self.port, headers=(("Host", self.authority),), dial=self.dial)

    def dial(self, port: int, timeout_s: float) -> socket.socket:
        """Connect to a port of the sidecar's host.

        Raises:
            OSError: nobody takes the connection in time.

        """
        return socket.create_connection((self.host, port), timeout_s)

    def target(self, app_id: str) -> Target:
        """Give what the sidecar says of itself (docs: reference/api/metadata_api).

        Raises:
            BlockedError: it does not answer.
            UsageError: it is the sidecar of another app.

        """
        found = self._metadata()
        if found["id"] != app_id:
            raise UsageError(
                f"--dapr-target={app_id}: the sidecar at {self} is that of another app", allowed=[found["id"]]
            )
        rows = [row for row in found.get("components") or () if _is_component(row)]
        components = tuple(_component(row, str(self)) for row in rows)
        return Target(App(app_id, Path.cwd()), source=str(self), components=components, notes=tuple(self._notes()))

    def _notes(self) -> Iterator[str]:
        yield f"attached to {self}: nothing is started, so the app's side and whose fault a failure is stay open"
        if not self.allow_writes:
            yield "what it stores is left alone: --dapr-allow-writes has its state properties judged"

    def runtime(self) -> Runtime:
        """Give the runtime that the sidecar says it is of; its programs are not known.

        Raises:
            BlockedError: it does not answer.

        """
        said = str(self._metadata().get("runtimeVersion", ""))
        version = said if re.fullmatch(r"\d+\.\d+\.\d+(-.*)?", said) else DEFAULT
        unknown = Path("not-known")
        return Runtime(version, unknown, unknown, unknown, unknown, f"attached; it calls itself {said!r}")

    def _metadata(self) -> dict[str, Any]:
        with contextlib.closing(self.client()) as client:
            reply = client.call("GET", "/v1.0/metadata", timeout_s=_ANSWER_S)
        if reply.status in (401, 403):
            raise BlockedError(
                f"--dapr-attach={self}: it answers {reply.status} to GET /v1.0/metadata",
                advice="open its metadata API, and run it without an API token: this run has none to show",
            )
        try:
            found = json.loads(reply.body) if reply.ok else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            raise BlockedError(
                f"--dapr-attach={self}: no sidecar answers GET /v1.0/metadata there",
                advice="start the app with its sidecar first, and give the sidecar's HTTP port",
            )
        return found


class Attached(Environment):
    """The arena of a sidecar that runs already: no processes, no recorders."""

    def __init__(self, arena: Arena, target: Target, warden: Warden, attachment: Attachment) -> None:
        """Start nothing."""
        self._attachment = attachment
        unit = Unit(
            label="attached",
            app_id=target.app_id,
            resources=Path(),
            sidecar=_LISTENS_NOWHERE,
            api_port=attachment.port,
            app_port=None,
            recorders=(),
            processes=(),
            embedded=Embedded((), ()),
            subscriptions=(),
            literal_ports={},
        )
        super().__init__(ArenaPlan(arena, OWN, unit, (), None, (), {}), target, warden)
        self.grpc = None  # it does not tell this port

    def http_client(self, port: int) -> HttpClient:  # noqa: ARG002 - there is one
        """Give a client of the sidecar's HTTP API."""
        return self._attachment.client()

    def start(self) -> None:
        """See that it still answers.

        Raises:
            BlockedError: it does not.

        """
        self._attachment.target(self.target.app_id)


def _is_component(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("type"), str)


def _component(row: dict[str, Any], place: str) -> Component:
    return Component(
        name=row["name"],
        type=row["type"],
        version=row.get("version", ""),
        metadata=(),
        scopes=(),
        secret_store=None,
        ignore_errors=False,
        location=Location(Path(place)),
        document={"spec": row},
    )
