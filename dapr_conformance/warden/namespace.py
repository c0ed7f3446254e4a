"""A network of the run's own: a network namespace in which there is loopback and nothing else.

Rules: network_namespaces(7), user_namespaces(7), netdevice(7).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dapr_conformance.warden import libc

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_LOWEST_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
# What had no route beyond loopback, or found nobody at a loopback address, as a question to a local DNS stub does.
_LOST = ("Ip:OutNoRoutes", "Ip6OutNoRoutes", "Udp:NoPorts", "Udp6NoPorts")


def refusal() -> str:
    """Say why this process cannot `enter` a network of its own, in the kernel's words; nothing if it can.

    A child tries: a user namespace that is half made cannot be left again.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            enter()
        except OSError as error:
            os.write(write, ": ".join(filter(None, (error.filename, error.strerror))).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as words:
        found = words.read()
    os.waitpid(pid, 0)
    return found


def enter() -> None:
    """Give this process and its children to be a network of their own.

    Everybody stays who he is. Root needs no more than the network namespace. Another user may make one only inside a
    user namespace; that maps his uid and gid to themselves, so files keep their owner and new ones are his.

    Raises:
        OSError: the kernel, or the container, does not permit it.

    """
    lowest_port = _LOWEST_PORT.read_bytes()
    try:
        libc.call("unshare", _CLONE_NEWNET)
    except PermissionError:
        if os.geteuid() == 0:  # a container's root; a user namespace would take the other users' files from it
            raise
        _unshare_as_user(os.geteuid(), os.getegid())
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    if _LOWEST_PORT.read_bytes() != lowest_port:  # an app that may listen on 80 outside may do so here
        _LOWEST_PORT.write_bytes(lowest_port)


def _unshare_as_user(uid: int, gid: int) -> None:
    libc.call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
    for name, text in (
        ("setgroups", b"deny"),
        ("uid_map", b"%d %d 1" % (uid, uid)),
        ("gid_map", b"%d %d 1" % (gid, gid)),
    ):
        Path("/proc/self", name).write_bytes(text)


def strayed() -> int:
    """Give how many packets of this network wanted to leave it, or reach a server that is not in it; it only grows."""
    counters = dict(_counters())
    return sum(int(counters.get(name, 0)) for name in _LOST)


def _counters() -> Iterator[tuple[str, str]]:
    """Give the kernel's counters of this network (proc_pid_net(5)): snmp has a line of names above each of values."""
    lines = Path("/proc/self/net/snmp").read_text(encoding="ascii").splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind, *rest = names.split()
        yield from zip((kind + name for name in rest), values.split()[1:], strict=True)
    with suppress(FileNotFoundError):  # a kernel without IPv6
        for line in Path("/proc/self/net/snmp6").read_text(encoding="ascii").splitlines():
            name, value = line.split()
            yield name, value
