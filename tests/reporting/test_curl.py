import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dapr_conformance.reporting import curl


class _Echo(BaseHTTPRequestHandler):
    def _take(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST = do_DELETE = do_HEAD = _take  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_):
        pass


@pytest.fixture
def app():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def exchange(**request):
    request = {"method": "POST", "target": "/orders", "headers": [], "body": None, **request}
    return {"request": request, "response": None, "side": "inbound"}


REQUESTS = [
    {"method": "GET", "target": "/a?x=1&y=%2F"},
    {"method": "HEAD", "target": "/a"},
    {"method": "DELETE", "target": "/a/../b/[1]{2}$HOME`id`"},
    {"body": '{"name":"O\'Neil","say":"$(id) `id` \\n"}', "headers": [["Content-Type", "application/json"]]},
    {"body": "@/etc/passwd"},
    {"body": "line\nline\ttab ünï"},
    {"body": "\x00\x1b[31m%s%d\\n' after"},
    {"body": "text with \u202e in it"},
    {"body": {"base64": "//4AgA=="}},
    {"headers": [["X-Empty", ""], ["X-Quote", 'it\'s "$HOME"'], ["x-esc", "a\x1bb"]]},
]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("request_", REQUESTS)
def test_the_line_sends_the_very_same_request(app, request_):
    it = exchange(**request_)
    line = curl.line(it)
    environment = {"PATH": "/usr/bin:/bin", "APP_PORT": str(app.server_port)}
    done = subprocess.run(["/bin/sh", "-c", line], env=environment, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0, (line, done.stderr)
    method, target, headers, body = app.seen.pop()
    assert (method, target) == (it["request"]["method"], it["request"]["target"])
    assert body == curl.body_bytes(it["request"]["body"])
    got = {name.lower(): value for name, value in headers.items()}
    assert {name.lower(): value for name, value in it["request"]["headers"]}.items() <= got.items()


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_line_can_be_printed(request_):
    line = curl.line(exchange(**request_))
    assert not curl.HIDDEN.search(line)


def test_a_call_to_the_sidecar_names_its_port_by_dapr_own_variable():
    line = curl.line({**exchange(), "side": "outbound"})
    assert "http://127.0.0.1:${DAPR_HTTP_PORT}" in line


def test_headers_of_one_connection_are_left_to_curl():
    line = curl.line(
        exchange(headers=[["Host", "a"], ["Content-Length", "9"], ["connection", "close"], ["bad name", "x"]])
    )
    assert "-H" not in line


def test_a_body_that_was_recorded_in_part_is_not_passed_off_as_whole():
    line = curl.line(exchange(body="abc", length=1048576))
    assert line.endswith("--data-binary @request-body  # 1,048,576 bytes, not shown here")


def test_a_long_body_is_named_not_printed():
    assert "@request-body  # 9,000 bytes" in curl.line(exchange(body="x" * 9000))


def test_a_request_that_no_hand_would_type_has_no_line():
    assert curl.line(exchange(target="/" + "x" * 9000)) == ""
    assert curl.line(exchange(headers=[["x", "y" * 9000]])) == ""


def test_a_masked_body_is_shown_with_its_mask():
    assert curl.line(exchange(body='{"key":"***"}', length=40)).endswith("""--data-binary '{"key":"***"}'""")
