import os
import socket
import sys
from pathlib import Path

import pytest

from dapr_conformance.warden.sockets import by_netlink, by_proc, listening


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "127.0.0.2", "::", "::1"])
def test_both_sources_tell_the_same(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if family == socket.AF_INET6 and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with socket.create_server((address, 0), family=family, dualstack_ipv6=address == "::") as made:
        port = made.getsockname()[1]
        inode = os.fstat(made.fileno()).st_ino
        sources = [by_netlink(family), by_proc("/proc/net/tcp6" if family == socket.AF_INET6 else "/proc/net/tcp")]
        for source in sources:
            (found,) = [row for row in source if row.port == port]
            assert (found.address, found.inode) == (address, inode)
            assert found.reachable == (address in {"127.0.0.1", "0.0.0.0", "::"})


def test_a_kernel_without_netlink_diagnosis(monkeypatch):
    def refuse(family):
        raise OSError(93, "Protocol not supported", family)
        yield

    monkeypatch.setattr("dapr_conformance.warden.sockets.by_netlink", refuse)
    with socket.create_server(("127.0.0.1", 0)) as made:
        assert made.getsockname()[1] in {row.port for row in listening()}


def test_who_listens_is_told_without_connecting(warden):
    with socket.create_server(("127.0.0.1", 0)) as made:
        found = warden.listener(made.getsockname()[1])
        assert (found["pid"], found["address"], found["reachable"]) == (os.getpid(), "127.0.0.1", True)
        assert Path(sys.executable).name in found["command"]
        made.settimeout(0.05)
        with pytest.raises(TimeoutError):
            made.accept()
    assert warden.listener(made.fileno() + 70_000) is None


def test_waiting_for_a_listener_ends_with_its_process(warden, python):
    (port,) = warden.reserve_ports(1)
    warden.spawn(python("never", "import time; time.sleep(0.2)"))
    assert not warden.wait_listener(port, 30, unless_dead="never")
    assert not warden.wait_listener(port, 0.05)


def test_an_orphan_of_the_process_may_listen_in_its_stead(warden, python):
    (port,) = warden.reserve_ports(1)
    late = "import time, socket, sys; time.sleep(0.3); socket.create_server(('127.0.0.1', int(sys.argv[1]))).accept()"
    launch = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]])"
    warden.spawn(python("launcher", launch, late, port, ports=(port,)))
    assert warden.wait_listener(port, 30, unless_dead="launcher")
    assert not warden.process("launcher").running
    warden.stop("launcher")
    assert warden.listener(port) is None
