from dataclasses import replace
from pathlib import Path

import pytest

from dapr_conformance.environment import default_ports, isolation, silence
from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.errors import Location
from dapr_conformance.target.model import App
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import Holder, Isolation

HELD = Holder(3000, 7, "node server.js")
OWN = Isolation(isolated=True, taken=HELD)
REFUSED = Isolation(taken=HELD, refusal="unshare: Operation not permitted")
DEATH = Obituary("app", "app", "exited with status 1", Attribution.APP, "the app exited", None, ())
RUN_FILE = Location(Path("dapr.yaml"), 5)
APP = App("orders", Path(), port=3000, port_location=RUN_FILE)


def listening(port, address="127.0.0.1", *, reachable=True):
    return {"port": port, "address": address, "reachable": reachable}


def test_nothing_is_said_where_nothing_is_in_the_way():
    assert isolation.notes(Isolation()) == []


@pytest.mark.parametrize("found", [OWN, REFUSED])
def test_the_reason_is_said(found):
    (note,) = isolation.notes(found)
    assert "port 3000 is in use by process 7 (node server.js)" in note
    assert found.refusal in note


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (Isolation(), "end process 7, or give the app another port"),
        (Isolation(taken=HELD), "another port; without --dapr-isolate=none the run gets a network of its own"),
        (REFUSED, "was refused: unshare: Operation not permitted"),
    ],
)
def test_what_to_do_about_a_taken_port(found, advice):
    error = isolation.blocked(HELD, ", which the app 'orders' listens on,", found)
    assert error.problem == "port 3000, which the app 'orders' listens on, is in use by process 7 (node server.js)"
    assert advice in error.advice


def test_a_hidden_process_can_be_found():
    assert "sudo ss -ltnp 'sport = :3000'" in isolation.blocked(Holder(3000, None, ""), "", Isolation()).advice


@pytest.mark.parametrize(
    ("strayed", "words", "culprit"),
    [
        (0, (), Attribution.APP),
        (0, ("no licence",), Attribution.APP),
        (2, ("no licence",), Attribution.ENVIRONMENT),
        (0, ("Error: connect ECONNREFUSED 127.0.0.1:5432",), Attribution.ENVIRONMENT),
    ],
)
def test_only_signs_of_a_missing_network_excuse_an_app(strayed, words, culprit):
    found = isolation.excused(replace(DEATH, last_words=words), OWN, strayed)
    assert found.attribution is culprit
    assert ("port 3000 is in use" in found.reason) == (culprit is Attribution.ENVIRONMENT)


@pytest.mark.parametrize(
    ("rows", "culprit", "words"),
    [
        ([], Attribution.APP, "did not listen on port 3000"),
        ([listening(3000, "::1", reachable=False)], Attribution.APP, "on port 3000 at ::1 only, but the sidecar calls"),
        ([listening(8080)], Attribution.CONFIG, "but listens on 8080: set appPort: 8080"),
        ([listening(8080), listening(9229)], Attribution.CONFIG, "on 8080 and 9229: set appPort: <the one"),
        ([listening(8080, "10.0.0.1", reachable=False)], Attribution.APP, "did not listen on port 3000"),
    ],
)
def test_where_an_app_listens_instead(rows, culprit, words):
    found = silence.explain(APP, rows, 60)
    assert found.attribution is culprit
    assert words in found.reason
    assert (found.location == RUN_FILE) == (culprit is Attribution.CONFIG)


def test_an_app_of_the_command_line_gets_an_option_for_advice():
    assert "give --dapr-app-port=8080" in silence.explain(App("x", Path(), port=1), [listening(8080)], 60).reason


@pytest.mark.parametrize(
    "line",
    [
        "Error: connect ECONNREFUSED 127.0.0.1:3500",
        "dial tcp [::1]:3500: connect: connection refused",
        "System.Net.Http.HttpRequestException: Connection refused (localhost:3500)",
        "HTTPConnectionPool(host='localhost', port=3500): Max retries exceeded with url: /v1.0/state",
    ],
)
def test_an_app_that_looks_for_its_sidecar_on_the_default_port(line):
    words = default_ports.advice(APP, ["hello", line])
    assert words.startswith("its log speaks of port 3500")
    assert "declare `daprHTTPPort: 3500`" in words
    assert default_ports.advice(replace(APP, dapr_http_port=3500), [line]) == ""


def test_other_numbers_are_no_default_port():
    assert default_ports.advice(APP, ["order 3500 saved", "127.0.0.1:35001", "listening on :3000"]) == ""


def test_both_default_ports():
    words = default_ports.advice(APP, ["ipv4:127.0.0.1:50001: Failed to connect", "connect to localhost:3500"])
    assert "declare `daprHTTPPort: 3500` and `daprGRPCPort: 50001`" in words
