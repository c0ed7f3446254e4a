"""A port that is taken, and a network of the run's own around it."""

import itertools
import os
import socket
import tempfile
import time
from pathlib import Path

import pytest

from dapr_conformance.warden import libc, namespace
from dapr_conformance.warden.claims import settle
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Holder, Isolation

REFUSAL = namespace.refusal()
permitted = pytest.mark.skipif(bool(REFUSAL), reason=f"the kernel refuses a network of its own: {REFUSAL}")
LISTEN = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept(); s.accept()"


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.05)
        yield made


@pytest.fixture
def launch(tmp_path):
    started = []

    def start(*ports, isolate=True):
        name = f"isolation-{os.getpid()}-{time.monotonic_ns()}"
        started.append(Warden.launch(tmp_path / name, name, ports=ports, isolate=isolate))
        return started[-1]

    yield start
    for warden in started:
        warden.close()


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as made:
        return made.getsockname()[1]


def in_a_child(body):
    """Run in a fork, as namespaces cannot be left; gives what it returns as text."""
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            os.write(write, str(body()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as words:
        found = words.read()
    os.wait()
    return found


def test_free_ports_are_claimed_and_the_run_stays_where_it_is(launch, port):
    warden = launch(port)
    assert warden.isolation == Isolation()
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", port))
    assert warden.claim(port) is None
    assert warden.strayed() == 0


def test_a_taken_port_is_told_with_its_process(launch, taken):
    port = taken.getsockname()[1]
    warden = launch(port, isolate=False)
    held = warden.isolation.taken
    assert (held.port, held.pid, held.run, warden.isolation.isolated) == (port, os.getpid(), False, False)
    assert warden.claim(port) == held
    taken.close()
    assert warden.claim(port) is None


def test_another_run_is_told_by_its_pytest(launch, port):
    launch(port)
    other = launch(port, isolate=False)
    held = other.claim(port)
    assert (held.pid, held.run) == (os.getpid(), True)
    assert str(held).startswith(f"another run of dapr-conformance, process {os.getpid()} (")


def test_a_process_is_named_for_a_person():
    assert str(Holder(1, 7, "x" * 500)) == f"process 7 ({'x' * 120} ...)"
    assert str(Holder(1, 7, "python -c\nimport x")) == "process 7 (python -c import x)"
    assert str(Holder(1, None, "")) == "a process that this user may not look at"


def test_all_ports_are_claimed_or_none(port, taken):
    one, both = settle([port, taken.getsockname()[1]], isolate=False)
    assert both.taken.pid == os.getpid()
    other, isolation = settle([port], isolate=False)
    assert isolation.taken is None
    other.give_up_all()
    one.give_up_all()


def test_a_low_port_is_the_apps_own_affair():
    def claimed():
        os.setuid(65534)
        return settle([7], isolate=False)[1].taken

    if os.geteuid():
        pytest.skip("only root can become somebody else")
    assert in_a_child(claimed) == "None"


@permitted
def test_a_run_beside_another_has_the_port_in_a_network_of_its_own(launch, taken, python):
    port = taken.getsockname()[1]
    warden = launch(port)
    assert warden.isolation.isolated
    assert warden.isolation.taken.pid == os.getpid()
    assert warden.claim(port) is None
    assert warden.listener(port) is None
    warden.spawn(python("app", LISTEN, port, ports=(port,)))
    assert warden.wait_listener(port, 10, unless_dead="app")
    assert [row["port"] for row in warden.listening("app")] == [port]
    with warden.dial(port, 5) as inside:
        assert inside.getpeername() == ("127.0.0.1", port)
    with pytest.raises(TimeoutError):
        taken.accept()
    with pytest.raises(ConnectionRefusedError):
        warden.dial(port + 1, 5)


@permitted
def test_what_wants_to_leave_is_counted(launch, taken, python):
    warden = launch(taken.getsockname()[1])
    assert warden.strayed() == 0
    warden.spawn(python("calls", "import socket; socket.create_connection(('192.0.2.1', 80), 5)"))
    warden.wait_process("calls", 10)
    assert warden.strayed() == 1
    # A question to a name server at a loopback address that is not here: as with systemd-resolved's stub.
    ask = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'?', ('127.0.0.53', 53))"
    warden.spawn(python("asks", ask))
    warden.wait_process("asks", 10)
    assert warden.strayed() == 2


@permitted
def test_nobody_becomes_somebody_else(tmp_path):
    def seen():
        if os.geteuid() == 0:
            tmp_path.chmod(0o777)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            libc.call("prctl", 4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: who has changed his user may not map it otherwise
        before = os.getuid(), os.getgid()
        namespace.enter()
        (tmp_path / "mine").touch()
        found = (tmp_path / "mine").stat()
        return before == (os.getuid(), os.getgid()) == (found.st_uid, found.st_gid)

    # pytest's folders are closed to others; how deep they lie depends on xdist.
    for folder in itertools.takewhile(lambda each: each != Path(tempfile.gettempdir()), tmp_path.parents):
        folder.chmod(0o755)
    assert in_a_child(seen) == "True"


@permitted
def test_low_ports_stay_as_open_as_they_were():
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")

    def lowest():
        namespace.enter()
        setting.write_text("79")
        namespace.enter()
        return setting.read_text().strip()

    assert in_a_child(lowest) == "79"


def test_a_refusal_is_in_the_kernels_words(monkeypatch, taken):
    def refuse(name, *_):
        raise PermissionError(1, f"{name}: Operation not permitted")

    monkeypatch.setattr("dapr_conformance.warden.libc.call", refuse)
    assert namespace.refusal() == "unshare: Operation not permitted"
    _, isolation = settle([taken.getsockname()[1]], isolate=True)
    assert (isolation.isolated, isolation.refusal) == (False, "unshare: Operation not permitted")


@permitted
def test_a_dead_warden_hands_out_nothing(launch, taken):
    warden = launch(taken.getsockname()[1])
    os.kill(warden.pid, 9)
    with pytest.raises(OSError, match=r"refused|reset|handed out no socket"):
        warden.dial(1, 5)
