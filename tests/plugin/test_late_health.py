"""An app that becomes healthy late is asked for its subscriptions late; the run waits for its answer."""

import pytest

APP = """
import http.server, json, os, time

STARTED = time.monotonic()
SUBSCRIPTIONS = [{"pubsubname": "pubsub", "topic": "notes", "route": "/taken"}]

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200 if time.monotonic() - STARTED > float(os.environ.get("LATE_S", 1)) else 503)
        elif self.path == "/dapr/subscribe":
            self.answer(200, json.dumps(SUBSCRIPTIONS).encode())
        else:
            self.answer(404)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(200, b'{"status":"SUCCESS"}')

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler).serve_forever()
"""
PUBSUB = """
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: pubsub
spec:
  type: pubsub.in-memory
  version: v1
"""


@pytest.fixture
def late(notes):
    notes.write("app.py", APP)
    notes.write("components/pubsub.yaml", PUBSUB)
    checked = "enableAppHealthCheck: true\n    appHealthProbeInterval: 1\n    resourcesPaths"
    notes.edit("dapr.yaml", "resourcesPaths", checked)
    return notes


def test_subscriptions_of_an_app_that_is_healthy_late_are_judged(late):
    result = late.run("--dapr-target=notes", "-k", "answers_to_deliveries and app", "--dapr-examples=5")
    assert result.row("answers_to_deliveries[app]")["verdict"] == "passed", result.out


def test_an_app_that_is_never_healthy_is_warned_that_it_was_not_asked(late):
    result = late.run("--dapr-target=notes", "-k", "answers_to_deliveries and app", LATE_S="1000")
    row = result.row("system/app_tells_its_subscriptions")
    assert row["verdict"] == "warned", result.out
    assert row["expected"] == "a health check of the app at /healthz that succeeds within 7 s"
    assert result.row("answers_to_deliveries[app]")["verdict"] == "unsupported"
