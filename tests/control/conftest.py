"""A stub of the sidecar's state and publish API, and the control app as a process of its own beside it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from dapr_conformance.control.spec import ControlSpec

_DEADLINE_S = 10
_ROOT = Path(__file__).parents[2]


class _StubServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a burst of new connections beyond the backlog is reset by the kernel


class DaprStub:
    """Keeps items as Dapr's contract says; `fails` decides which calls are answered 500, `delay_s` slows writes."""

    def __init__(self):
        self.items = {}
        self.calls = []
        self.fails = lambda _method, _path, _body: False
        self.delay_s = 0.0
        self._version = 0
        self._guard = threading.Lock()
        self._server = _StubServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def paths(self, method):
        return [path for called, path, _, _ in self.calls if called == method]

    def _handler(stub):  # noqa: N805  the handler's own methods need both names
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, content = stub.answer(self.command, self.path, dict(self.headers), body)
                self.send_response_only(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815  names that http.server looks for

        return Handler

    def answer(self, method, path, headers, body):
        with self._guard:
            self.calls.append((method, path, headers, body))
        if method != "GET":
            time.sleep(self.delay_s)
        if self.fails(method, path, body):
            return 500, {}, b"{}"
        with self._guard:
            if path.startswith("/v1.0/state/"):
                return self._state(method, path, headers, body)
            return 204, {}, b""

    def _state(self, method, path, headers, body):
        key = unquote(path.split("/", 4)[4]) if path.count("/") > 3 else None
        if key == "transaction":
            return self._write(json.loads(body)["operations"][0]["request"])
        if key == "bulk":
            return 200, {}, json.dumps([self._entry(each) for each in sorted(json.loads(body)["keys"])]).encode()
        if method == "POST":
            return max((self._write(item) for item in json.loads(body)), key=lambda answer: answer[0])
        value, etag = self.items.get(key, (None, None))
        if method == "GET":
            return (200, {"Etag": etag}, value) if etag else (204, {}, b"")
        if headers.get("If-Match") not in (None, etag):
            return 409, {}, b"{}"
        self.items.pop(key, None)
        return 204, {}, b""

    def _entry(self, key):
        value, etag = self.items.get(key, (None, None))
        return {"key": key, "data": json.loads(value), "etag": etag} if etag else {"key": key}

    def _write(self, item):
        _, etag = self.items.get(item["key"], (None, None))
        guarded = item.get("options", {}).get("concurrency") == "first-write"
        if (item.get("etag") or guarded) and item.get("etag") != etag:
            return 409, {}, b"{}"
        self._version += 1
        self.items[item["key"]] = (json.dumps(item["value"]).encode(), str(self._version))
        return 204, {}, b""


class ControlProcess:
    """One running control app; every call uses a connection of its own, closed after it."""

    def __init__(self, port, process):
        self.port = port
        self.process = process

    def call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_DEADLINE_S)
        try:
            content = json.dumps(body).encode() if body is not None and not isinstance(body, bytes) else body
            connection.request(method, path, content, headers or {})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, headers=None):
        status, _, content = self.call(method, path, body, headers)
        return status, json.loads(content) if content else None

    def deliver(self, path, data, **attributes):
        event = {"specversion": "1.0", "id": "e1", "source": "s", "type": "t", "pubsubname": "bus", "topic": "orders"}
        event = {**event, "datacontenttype": "application/json", "data": data, **attributes}
        return self.json("POST", path, event, {"Content-Type": "application/cloudevents+json"})


def reserve_port():
    """Hold a port that a server with SO_REUSEADDR can still listen on, but that nobody else is given."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def wait_until(condition):
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.005)


def _listens(port, process):
    assert process.poll() is None, process.stderr.read()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(name="wait_until")
def wait_until_fixture():
    return wait_until


@pytest.fixture
def dapr():
    stub = DaprStub()
    yield stub
    stub.close()


@pytest.fixture
def start(dapr, tmp_path):
    started = []
    held = ExitStack()

    def start(spec: ControlSpec):
        path = tmp_path / f"spec{len(started)}.json"
        path.write_text(spec.dumps(), encoding="utf-8")
        port = held.enter_context(reserve_port()).getsockname()[1]
        env = {**os.environ, "APP_PORT": str(port), "DAPR_HTTP_PORT": str(dapr.port), "PYTHONPATH": str(_ROOT)}
        argv = [sys.executable, "-m", "dapr_conformance.control", str(path)]
        process = subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, text=True)
        started.append(process)
        wait_until(lambda: _listens(port, process))
        return ControlProcess(port, process)

    yield start
    for process in started:
        process.kill()
        process.communicate()
    held.close()
