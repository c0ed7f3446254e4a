"""Sibling apps of the run file start as declared, each beside a sidecar of its own."""

import pytest

FRIEND = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(404 if self.path.startswith("/dapr") else 200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"friend")

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler).serve_forever()
"""
TEST = """
def test_the_sibling_answers_through_the_targets_sidecar(dapr_sidecar):
    reply = dapr_sidecar.call("GET", "/v1.0/invoke/friend/method/hello")
    assert (reply.status, reply.body) == (200, b"friend")
"""


@pytest.fixture
def with_friend(notes, another_port):
    notes.write("friend/app.py", FRIEND)
    notes.write("test_friend.py", TEST)
    file = notes.folder / "dapr.yaml"
    entry = (
        f'  - appID: friend\n    appDirPath: friend\n    appPort: {another_port}\n    command: ["python", "app.py"]\n'
    )
    file.write_text(file.read_text() + entry)
    return notes


def test_a_sibling_is_reached_through_the_targets_sidecar(with_friend):
    result = with_friend.run("--dapr-target=notes", "test_friend.py")
    assert "1 passed" in result.out, result.out


def test_siblings_may_be_left_out_and_the_runs_folder_kept(with_friend):
    result = with_friend.run("--dapr-target=notes", "--dapr-siblings=none", "--dapr-keep", "test_friend.py")
    assert "1 failed" in result.out
    (folder,) = with_friend.folders()
    assert f"kept: {with_friend.tmp / folder}" in result.out
    assert sorted(path.name for path in (with_friend.tmp / folder / "logs").glob("*-app.log")) == ["a1-app.log"]
