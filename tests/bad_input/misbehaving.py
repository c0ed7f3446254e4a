"""The app `notes` with one misbehaviour, which its first argument names; what follows are the misbehaviour's own."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

import app


class Notes(app.Notes):
    """The app's handler; `answers` is (path, status, content type, body), `delay_s` comes before these answers."""

    answers = ("nowhere", 200, "", b"")
    delay_s = 0.0

    def do_GET(self):  # noqa: N802 - the name that http.server calls
        path, status, kind, body = self.answers
        if not self.path.startswith(path):
            super().do_GET() if self.path.startswith("/notes/") else self.answer(404)
            return
        time.sleep(self.delay_s)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(host="127.0.0.1", port=0, handler=Notes):
    ThreadingHTTPServer((host, port or int(os.environ["APP_PORT"])), handler).serve_forever()


def says(path, status, kind, body):
    """Answer this to GET of a path; a body of `N x TEXT` is repeated."""
    times, _, text = body.rpartition(" x ")
    Notes.answers = (path, int(status), kind, text.encode() * int(times or 1))
    serve()


def says_late(path, seconds):
    Notes.answers, Notes.delay_s = (path, 200, "application/json", b"[]"), float(seconds)
    serve()


def listens_elsewhere(port):
    serve(port=int(port))


def listens_late(seconds):
    time.sleep(float(seconds))
    serve()


def listens_on_ipv6():
    class Six(ThreadingHTTPServer):
        address_family = socket.AF_INET6

    Six(("::1", int(os.environ["APP_PORT"])), Notes).serve_forever()


def raw(words, pause_s="0", repeat="1"):
    """Accept connections and say something else than HTTP, slowly if asked to; no words: close at once."""
    with socket.create_server(("127.0.0.1", int(os.environ["APP_PORT"]))) as listener:
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0], words, float(pause_s), int(repeat))).start()


def talk(connection, words, pause_s, repeat):
    with connection:
        if not words:
            return
        connection.recv(4096)
        for letter in words * repeat:
            try:
                connection.sendall(letter.encode())
            except OSError:
                return
            time.sleep(pause_s)


def logs(kind):
    threading.Thread(target={"lines": many_lines, "binary": binary, "endless": endless}[kind], daemon=True).start()
    serve()


def many_lines():
    while True:
        os.write(1, b"a line of the log that is neither long nor short\n" * 100)
        time.sleep(0.01)


def binary():
    os.write(2, bytes(range(256)) * 400)


def endless():
    for _ in range(50):
        os.write(1, b"x" * 1_000_000)


def daemonises():
    if os.fork():
        os._exit(0)
    os.setsid()
    serve()


def ignores_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve()


def starts_children():
    for _ in range(3):
        subprocess.Popen(["sleep", "600"], start_new_session=True)
    serve()


def exits(status):
    os._exit(int(status))


def ends_at_a_note(how):
    ends = {"abort": os.abort, "exit": lambda: os._exit(0), "fill": fill, "hang": lambda: time.sleep(600)}
    end = {**ends, "kill parent": lambda: os.kill(os.getppid(), signal.SIGKILL)}[how]

    class Once(Notes):
        def do_PUT(self):  # noqa: N802 - the name that http.server calls
            end()

    serve(handler=Once)


def fill():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    Path("filled").write_bytes(bytes(10_000))


def writes_into_its_folder():
    Path("written").write_text("x" * 1000)
    serve()


globals()[sys.argv[1]](*sys.argv[2:])
