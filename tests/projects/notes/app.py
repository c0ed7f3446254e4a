"""Notes: saves and shows short texts in the state store `statestore`. Small, and right unless FAULT is set."""

import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, unquote

STATE = f"http://127.0.0.1:{os.environ['DAPR_HTTP_PORT']}/v1.0/state/statestore"
FAULT = os.environ.get("FAULT")


def key_of(path):
    key = unquote(path.rpartition("/")[2])
    return key.lower() if FAULT == "lower-cased key" else key


def state(target="", body=None):
    request = urllib.request.Request(STATE + target, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, b""
    except OSError:
        return 503, b""


class Notes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_PUT(self):
        Path("busy").touch()  # for tests that do something to a run under way
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, _ = state(body=json.dumps([{"key": key_of(self.path), "value": value}]).encode())
        self.answer(201 if status == 204 else 503)

    def do_GET(self):
        status, body = state("/" + quote(key_of(self.path), safe=""))
        self.answer({200: 200, 204: 404}.get(status, 503), body)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Notes).serve_forever()
