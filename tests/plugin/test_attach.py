"""`--dapr-attach`: a sidecar that runs already is judged by its API, and nothing is started or ended."""

import json
import os
import subprocess
import sys
import time
import urllib.request

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


@pytest.mark.parametrize(
    ("option", "status", "words"),
    [
        ("--dapr-attach=notes:3500", 4, "http://HOST:PORT"),
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
