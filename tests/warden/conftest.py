import itertools
import os
import socket
import sys
import time
from contextlib import suppress

import pytest

from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import INBOUND, Match, ProcessSpec, RecorderSpec, Rule

TIMEOUT_S = 10.0
NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def warden(tmp_path_factory):
    """One warden for all tests that do not kill it."""
    running = Warden.launch(tmp_path_factory.mktemp("run"), f"tests-{os.getpid()}")
    yield running
    running.close()


@pytest.fixture
def own_warden(tmp_path):
    """A warden that a test may kill."""
    running = Warden.launch(tmp_path / "run", f"own-{os.getpid()}-{time.monotonic_ns()}")
    yield running
    running.close()


@pytest.fixture
def python():
    """Make the spec of a Python process: python(name, code, *arguments)."""

    def spec(name, code, *arguments, ports=(), **environment):
        argv = (sys.executable, "-c", code, *map(str, arguments))
        return ProcessSpec(name, "app", argv, {**os.environ, **environment}, "/tmp", tuple(ports))

    return spec


class Joint:
    """A recorder, its upstream's listening socket, and both ends of connections through it, in the test's hands."""

    def __init__(self, warden, protocol="http1"):
        self.warden = warden
        self.name = f"joint{next(NAMES)}"
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(TIMEOUT_S)
        self.upstream_port = self.listening.getsockname()[1]
        (self.port,) = warden.reserve_ports(1)
        self.sockets = []
        warden.open_recorder(RecorderSpec(self.name, INBOUND, self.port, self.upstream_port, protocol))

    def client(self):
        made = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets.append(made)
        return made

    def accept(self):
        made, _ = self.listening.accept()
        made.settimeout(TIMEOUT_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets.append(made)
        return made

    def ends(self):
        return self.client(), self.accept()

    def rule(self, action, match=None, **fields):
        return self.warden.add_rule(self.name, Rule(match or Match(), action, **fields))

    def ended(self, count=1):
        """The exchanges, once so many have ended."""
        found = self.warden.wait_exchanges(self.name, Match(complete=True), count, TIMEOUT_S)
        assert len(found) >= count, found
        return found

    def close(self):
        for made in (*self.sockets, self.listening):
            made.close()
        with suppress(Exception):
            self.warden.close_recorder(self.name)


@pytest.fixture
def joint(warden):
    made = Joint(warden)
    yield made
    made.close()


@pytest.fixture
def h2c_joint(warden):
    made = Joint(warden, "h2c")
    yield made
    made.close()


@pytest.fixture
def read():
    """Read exactly so many bytes: read(socket, count)."""

    def exactly(made, count):
        data = b""
        while len(data) < count:
            part = made.recv(min(count - len(data), 1 << 20))
            assert part, f"closed after {len(data)} of {count} bytes: {data[-200:]!r}"
            data += part
        return data

    return exactly


@pytest.fixture
def until():
    """Wait for a condition: until(function) gives its first true result."""

    def wait(condition, timeout_s=TIMEOUT_S):
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, "it never became true"
            time.sleep(0.005)
        return found

    return wait
