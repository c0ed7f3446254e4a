"""What pytest and the warden say to each other, as frozen values that travel as JSON lines.

All instants are `time.monotonic_ns()` of this machine (one clock for every process), durations are seconds.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LEDGER = "ledger.jsonl"  # in the run's folder: one row of results.json's `checks` on each line
SOCKET = "warden.sock"  # in the run's folder; for the threads of pytest, and for workers
INBOUND = "inbound"  # daprd -> app: daprd's --app-port is the recorder
OUTBOUND = "outbound"  # app -> daprd: the app's DAPR_HTTP_PORT or DAPR_GRPC_PORT is the recorder
_COMMAND = 120  # so much of a command line tells a person which process it is


@dataclass(frozen=True)
class Holder:
    """Who has a port that an app of the run insists on: `pid` is None where it is hidden from this user.

    `run` is true where another run of dapr-conformance has claimed the port; the process is that run's pytest.
    """

    port: int
    pid: int | None
    command: str
    run: bool = False

    def __str__(self) -> str:
        """Name the process for a person."""
        line = " ".join(self.command.split())
        command = line if len(line) <= _COMMAND else f"{line[:_COMMAND]} ..."
        process = f"process {self.pid} ({command})" if self.pid else "a process that this user may not look at"
        return f"another run of dapr-conformance, {process}" if self.run else process


@dataclass(frozen=True)
class Isolation:
    """Whether the run has a network of its own, and why.

    `taken` is who has a port of this machine that an app of the run insists on, None if the run has them all;
    `refusal` is why there is no network of its own although that was asked for.
    """

    isolated: bool = False
    taken: Holder | None = None
    refusal: str = ""


@dataclass(frozen=True)
class ProcessSpec:
    """A process to start: `env` is the whole environment; `release_ports` are held until just before exec."""

    name: str
    role: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    release_ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class ProcessState:
    """What is known of a process. `ended_by_us` is true when the warden sent the signal that ended it."""

    name: str
    role: str
    pid: int
    running: bool
    exit_code: int | None = None
    signal: int | None = None
    ended_by_us: bool = False
    started_ns: int = 0
    ended_ns: int | None = None


@dataclass(frozen=True)
class LogLine:
    """One line of a process' output; `stream` is `stdout` or `stderr`; undecodable bytes are replaced."""

    t_ns: int
    stream: str
    text: str


@dataclass(frozen=True)
class RecorderSpec:
    """A recorder: listens on a port that is held, forwards to `upstream_port`.

    `protocol` is `http1`, `h2c` (HTTP/2 without TLS) or `grpc` (the same; what the harness injects is said in gRPC).
    With `listen_with_upstream` it accepts only while something listens on the upstream port.
    """

    name: str
    side: str
    listen_port: int
    upstream_port: int
    protocol: str = "http1"
    listen_with_upstream: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they passed. Bodies are bytes, cut at `body_cap`; lengths and sha256 are true.

    `outcome`: `complete`, `refused` (upstream would not take the connection), `upstream_closed`, `client_closed`,
    `dropped` (a rule swallowed the answer), `failed` (a rule answered in the upstream's place).
    Times are None where that moment never came. `injected` marks a repeat or a request that a rule or the harness made.
    `protocol` is `http1`, `h2c` or `grpc`. A gRPC call of Dapr's is given as the exchange of Dapr's HTTP API that says
    the same (any other one as POST to its path), with `grpc_method`, the path, and `grpc_status` beside it.
    """

    id: int
    recorder: str
    side: str
    connection: int
    method: str
    target: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    request_length: int
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    response_length: int
    started_ns: int
    request_end_ns: int | None
    response_start_ns: int | None
    ended_ns: int | None
    outcome: str
    rules: tuple[int, ...] = ()
    injected: bool = False
    protocol: str = "http1"
    request_sha256: str = ""
    response_sha256: str = ""
    grpc_method: str = ""
    grpc_status: int | None = None

    def request_header(self, name: str) -> str | None:
        """Give the first request header of that name, without regard to case."""
        return next((v for k, v in self.request_headers if k.lower() == name.lower()), None)

    def response_header(self, name: str) -> str | None:
        """Give the first response header of that name, without regard to case."""
        return next((v for k, v in self.response_headers if k.lower() == name.lower()), None)

    def to_json(self) -> dict[str, Any]:
        """Give the JSON form; bodies are base64."""
        row = dict(vars(self))  # asdict() would copy every header
        row["request_body"] = base64.b64encode(self.request_body).decode()
        row["response_body"] = base64.b64encode(self.response_body).decode()
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Exchange:
        """Rebuild an exchange from `to_json`."""
        values = dict(row)
        for name in ("request_body", "response_body"):
            values[name] = base64.b64decode(values[name])
        for name in ("request_headers", "response_headers"):
            values[name] = tuple((str(k), str(v)) for k, v in values[name])
        values["rules"] = tuple(values["rules"])
        return cls(**values)


@dataclass(frozen=True)
class Match:
    """Which exchanges are meant; every field that is set must hold.

    `method` is compared exactly, `path` is a regular expression for the whole raw target (path and query),
    `body` is a text that the request body contains, `header` a (name, value) pair. `started_after_ns` and
    `status` help when waiting; a rule cannot use `status`.
    """

    method: str | None = None
    path: str | None = None
    body: str | None = None
    header: tuple[str, str] | None = None
    status: int | None = None
    started_after_ns: int | None = None
    complete: bool = False


@dataclass(frozen=True)
class Rule:
    """What to do with matching requests of one recorder, as data because the recorder is another process.

    First matching rule wins. It applies to `limit` requests (None: all) after letting `skip` pass.
    `action` and its fields:
    `delay` (`delay_s` before the request goes on), `delay_response` (`delay_s` before the answer goes back),
    `fail` (answer with `status`, `headers`, `body` instead of forwarding), `refuse` (close without an answer),
    `drop_response` (forward, then close without the answer), `duplicate` (send `times` more copies to the upstream,
    beside the first if `concurrent`, else after it; only the first answer goes back),
    `alter_request` / `alter_response` (`status`, `set_headers`, `remove_headers`, `body`, `replace` of text pairs).
    """

    match: Match
    action: str
    delay_s: float = 0.0
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    body_base64: str | None = None
    set_headers: tuple[tuple[str, str], ...] = ()
    remove_headers: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    times: int = 1
    concurrent: bool = False
    limit: int | None = None
    skip: int = 0


@dataclass(frozen=True)
class Injection:
    """A request that the harness sends to a recorder's upstream as if the recorder's client had sent it.

    `grpc_method` is the path of the gRPC method by which a `grpc` recorder says it; without one it is an event (by its
    content type) or a call of the app's method, as daprd would send it.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout_s: float = 30.0
    grpc_method: str = ""


def plain(value: Any) -> dict[str, Any]:
    """Give the JSON form of one of the values above (not `Exchange`: use its own `to_json`)."""
    row = asdict(value)
    if isinstance(value, Injection):
        row["body"] = base64.b64encode(value.body).decode()
    return row


@dataclass(frozen=True)
class Hits:
    """How often a rule has been applied, and how many requests matched it."""

    applied: int = 0
    matched: int = 0
    exchanges: tuple[int, ...] = field(default=())
