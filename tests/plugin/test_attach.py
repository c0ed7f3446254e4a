"""`--dapr-attach`: a sidecar that runs already is judged by its API, and nothing is started or ended."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dapr_conformance.runtime.provider import provide
from dapr_conformance.runtime.versions import DEFAULT

STORE = """
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: statestore
spec:
  type: state.in-memory
  version: v1
  metadata: []
"""
CHECK = ("--dapr-target=notes", "-k", "round_trip", "--dapr-examples=5")


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory):
    """Start a sidecar as a user has one; gives its address."""
    folder = tmp_path_factory.mktemp("sidecar")
    (folder / "statestore.yaml").write_text(STORE)
    ports = [3700 + os.getpid() % 500 * 5 + n for n in range(4)]
    flags = ("dapr-http-port", "dapr-grpc-port", "dapr-internal-grpc-port", "metrics-port")
    given = [part for flag, port in zip(flags, ports, strict=True) for part in (f"--{flag}", str(port))]
    daprd = str(provide(DEFAULT, lambda _: None).daprd)
    with (folder / "log").open("wb") as log:
        argv = [
            daprd,
            "--app-id",
            "notes",
            "--resources-path",
            str(folder),
            "--dapr-listen-addresses",
            "127.0.0.1",
            *given,
        ]
        process = subprocess.Popen(argv, stdout=log, stderr=log, env={**os.environ, "DAPR_HOST_IP": "127.0.0.1"})
    url = f"http://127.0.0.1:{ports[0]}"
    deadline = time.monotonic() + 60
    while not answers(f"{url}/v1.0/metadata"):
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield url
    assert process.poll() is None, "the run ended what it did not start"
    process.terminate()
    process.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(json.loads(answer.read())["id"])
    except OSError:
        return False


def test_without_leave_to_write_nothing_is_judged_and_the_line_is_told(repo, sidecar):
    result = repo.run(*CHECK, f"--dapr-attach={sidecar}")
    assert result.status == 7, result.out
    assert set(result.verdicts.values()) == {"unsupported"}
    assert result.row("[sidecar]")["enable"] == "--dapr-allow-writes"
    assert "nothing is started" in result.out
    assert "dapr: what it stores is left alone: --dapr-allow-writes" in result.out


def test_what_the_api_alone_shows_is_judged(repo, sidecar):
    result = repo.run(*CHECK, f"--dapr-attach={sidecar}", "--dapr-allow-writes")
    assert result.status == 0, result.out
    assert result.verdicts == {
        "properties/state/round_trip[sidecar]@as-is": "passed",
        "properties/state/round_trip[app]@as-is": "unsupported",
    }
    (environment,) = result.results["environments"]
    assert (environment["backend"], environment["runtime_version"]) == ("attached", DEFAULT)
    assert [one["type"] for one in environment["components"]] == ["state.in-memory"]
    assert sys.executable not in " ".join(repo.left().values())


class Liar(BaseHTTPRequestHandler):
    """A sidecar that says it saved and saves nothing; `metadata` is what it tells of itself."""

    protocol_version = "HTTP/1.1"
    metadata: object = {"id": "notes", "components": [{"name": "statestore", "type": "state.in-memory"}, 5]}
    status = 200

    def do_GET(self):
        told = self.path == "/v1.0/metadata"
        self.answer(self.status if told else 204, json.dumps(self.metadata).encode() if told else b"")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.answer(204)

    def do_PUT(self):
        self.do_POST()

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def liar(request):
    """Serve a sidecar that lies; gives its address."""
    handler = type("Told", (Liar,), getattr(request, "param", {}))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_sidecar_that_loses_what_it_saves_fails_without_attribution(repo, liar):
    result = repo.run(*CHECK, f"--dapr-attach={liar}", "--dapr-allow-writes")
    row = result.row("[sidecar]")
    assert (row["verdict"], row["attribution"], result.status) == ("failed", None, 1), result.out


@pytest.mark.parametrize(
    ("liar", "status", "words"),
    [
        ({"metadata": {"id": 5}}, 6, "no sidecar answers"),
        ({"metadata": []}, 6, "no sidecar answers"),
        ({"status": 401}, 6, "it answers 401"),
    ],
    indirect=["liar"],
)
def test_odd_metadata_is_told(repo, liar, status, words):
    result = repo.run(*CHECK, f"--dapr-attach={liar}")
    assert (result.status, words in result.out) == (status, True), result.out
    assert "Traceback" not in result.out


def test_own_tests_get_nothing_that_would_have_to_be_started(repo, liar):
    repo.write("test_own.py", "def test_wire(dapr_wire): pass\ndef test_control(dapr_control): pass\n")
    result = repo.run("--dapr-target=notes", f"--dapr-attach={liar}", "test_own.py")
    assert "2 skipped" in result.out


@pytest.mark.parametrize(
    ("option", "status", "words"),
    [
        ("--dapr-attach=notes:3500", 4, "http://HOST:PORT"),
        ("--dapr-attach=http://me:secret@127.0.0.1:3500", 4, "http://HOST:PORT"),
        ("--dapr-attach=http://127.0.0.1:1", 6, "no sidecar answers"),
        ("--dapr-allow-writes", 4, "only with --dapr-attach"),
    ],
)
def test_an_address_that_is_none_is_told(repo, option, status, words):
    result = repo.run("--dapr-target=notes", option)
    assert (result.status, words in result.out) == (status, True), result.out


def test_the_sidecar_of_another_app_is_told_apart(repo, sidecar):
    result = repo.run("--dapr-target=orders", f"--dapr-attach={sidecar}")
    assert (result.status, "allowed: notes" in result.out) == (4, True), result.out


def test_two_sources_of_the_app_are_wrong_usage(repo, sidecar):
    result = repo.run("--dapr-target=notes", f"--dapr-attach={sidecar}", "--dapr-run-file=dapr.yaml")
    assert (result.status, "give only one of the two" in result.out) == (4, True), result.out
