"""A stand-in for the sidecar's state API, and the example apps as real processes beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from dapr_conformance.runtime.cache import default_root

EXAMPLES = Path(__file__).parents[2] / "examples"
STATE = "/v1.0/state/statestore"
DEADLINE_S = 20


class Sidecar(ThreadingHTTPServer):
    """State in memory with ETags.

    `failing` answers every write with 500, `gate` holds writes back while cleared; bulk reads of `unreadable` fail.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock, self.gate = threading.Lock(), threading.Event()
        self.waiting = threading.Event()
        self.reset()

    def reset(self) -> None:
        self.records: dict[str, tuple[object, str]] = {}
        self.failing = False
        self.unreadable: set[str] = set()
        self.gate.set()
        self.waiting.clear()

    def read(self, key: str) -> tuple[int, object, str]:
        value, etag = self.records.get(key, (None, ""))
        return (200 if etag else 204), value, etag

    def write(self, key: str, etag: str | None, value: object = None, *, delete: bool = False) -> int:
        self.waiting.set()
        if not self.gate.wait(DEADLINE_S) or self.failing:
            return 500
        with self.lock:
            current = self.records.get(key, (None, None))[1]
            if current != etag:
                return 409
            if delete:
                del self.records[key]
            else:
                self.records[key] = (value, str(int(current or 0) + 1))
        return 204


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Sidecar

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith(f"{STATE}/"):
            self._answer(*self.server.read(unquote(path.removeprefix(f"{STATE}/"))))
        else:
            self._answer(204 if path == "/v1.0/healthz/outbound" else 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == f"{STATE}/bulk":
            self._answer(200, [self._entry(key) for key in sorted(body["keys"])])
        else:
            self._answer(self.server.write(body[0]["key"], body[0].get("etag"), body[0]["value"]))

    def _entry(self, key: str) -> dict[str, object]:
        if key in self.server.unreadable:
            return {"key": key, "error": "it cannot be read"}
        value = self.server.read(key)[1]
        return {"key": key} if value is None else {"key": key, "data": value}

    def do_DELETE(self) -> None:
        key = unquote(urlsplit(self.path).path.removeprefix(f"{STATE}/"))
        self._answer(self.server.write(key, self.headers["if-match"], delete=True))

    def _answer(self, status: int, value: object = None, etag: str = "") -> None:
        body = b"" if status == 204 else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if etag:
            self.send_header("etag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def _sidecar() -> Iterator[Sidecar]:
    with Sidecar() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def sidecar(_sidecar: Sidecar) -> Sidecar:
    _sidecar.reset()
    return _sidecar


@pytest.fixture(scope="module")
def start(_sidecar: Sidecar) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], httpx.Client]]]:
    """Give a function that starts a command with APP_PORT in its environment and gives the process and a client."""
    with ExitStack() as stack:

        def started(command: Callable[[int], list[str]], folder: Path) -> tuple[subprocess.Popen[bytes], httpx.Client]:
            return stack.enter_context(_app(command, folder, _sidecar.server_port))

        yield started


@contextmanager
def _app(command: Callable[[int], list[str]], folder: Path, sidecar_port: int) -> Iterator[tuple]:
    port, nobody = _free_port(), _free_port()
    env = {"APP_PORT": port, "DAPR_HTTP_PORT": sidecar_port, "DAPR_GRPC_PORT": nobody}
    process = subprocess.Popen(
        command(port),
        cwd=folder,
        env=os.environ | {name: str(value) for name, value in env.items()},
        stdout=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as client:
            _wait_until_alive(process, client)
            yield process, client
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_until_alive(process: subprocess.Popen[bytes], client: httpx.Client) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if client.get("/healthz").status_code == 200:
                return
        time.sleep(0.02)
    pytest.fail(f"the app is not alive after {DEADLINE_S} s (exit status {process.poll()})")


@pytest.fixture
def answered_at_the_end(sidecar: Sidecar) -> Callable[..., httpx.Response]:
    """Give a function that ends a process by SIGTERM while a call's write is held back, and gives the call's answer."""

    def end(process: subprocess.Popen[bytes], call: Callable[[], httpx.Response]) -> httpx.Response:
        sidecar.gate.clear()
        answers: list[httpx.Response] = []
        caller = threading.Thread(target=lambda: answers.append(call()))
        caller.start()
        assert sidecar.waiting.wait(10)
        process.send_signal(signal.SIGTERM)
        sidecar.gate.set()
        caller.join()
        return answers[0]

    return end


@pytest.fixture(scope="session")
def path_with_go() -> str:
    """Give a PATH that ends with the Go that a build of the runtime may have fetched."""
    fetched = sorted((default_root() / "go").glob("toolchain-*/go/bin"), reverse=True)
    return os.pathsep.join([os.environ["PATH"], *map(str, fetched)])


@pytest.fixture(scope="session")
def orders_go(path_with_go: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example `orders_go` as a program; then `go run` need not compile Go's library, which takes a minute."""
    go = shutil.which("go", path=path_with_go)
    if not go:
        pytest.skip("needs Go on PATH, or the Go that `dapr-conformance runtime install` keeps when it builds Dapr")
    program = tmp_path_factory.mktemp("built") / "orders"
    local = {"GOTOOLCHAIN": "local", "GOPROXY": "off"}
    subprocess.run([go, "build", "-o", program, "."], cwd=EXAMPLES / "orders_go", env=os.environ | local, check=True)
    return program
