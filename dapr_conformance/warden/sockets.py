"""The listening TCP sockets of this network namespace, found without a connection.

The kernel tells them by netlink (sock_diag(7)) in 0.1 ms. A sandbox without that has /proc/net/tcp (proc(5)), which
takes milliseconds, because it walks the table of all connections too.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY, _NLMSG_ERROR, _NLMSG_DONE = 20, 2, 3
_REQUEST_DUMP = 0x301
_TCP_LISTEN = 10
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, pid
_PORT, _ADDRESS, _INODE = slice(4, 6), slice(8, 24), slice(68, 72)  # in struct inet_diag_msg
_READ_BYTES = 256 * 1024
_LISTEN = "0A"  # the state in /proc/net/tcp
# What a dial of 127.0.0.1 reaches, an IPv6 wildcard taken to serve both families as it does unless it is told not to.
_REACHABLE = {ipaddress.ip_address(text).packed for text in ("127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1")}  # noqa: S104 - nothing is bound here


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket; `packed` is its address as 4 or 16 bytes."""

    port: int
    inode: int
    packed: bytes

    @property
    def address(self) -> str:
        """Its address for a person."""
        return str(ipaddress.ip_address(self.packed))

    @property
    def reachable(self) -> bool:
        """Whether a connection to 127.0.0.1 gets there."""
        return self.packed in _REACHABLE


def listening() -> list[Listener]:
    """Give every listening TCP socket."""
    try:
        return [*by_netlink(socket.AF_INET), *by_netlink(socket.AF_INET6)]
    except OSError:
        return [*by_proc("/proc/net/tcp"), *by_proc("/proc/net/tcp6")]


def by_netlink(family: int) -> Iterator[Listener]:
    """Ask the kernel for the listening sockets of a family.

    Raises:
        OSError: it does not answer such questions.

    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
        request = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 0, 0, 1 << _TCP_LISTEN) + bytes(48)
        header = _HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0)
        netlink.send(header + request)
        while True:
            for kind, message in _messages(netlink.recv(_READ_BYTES)):
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    raise OSError(-struct.unpack_from("=i", message)[0], "sock_diag")
                yield _described(family, message)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _described(family: int, message: bytes) -> Listener:
    packed = message[_ADDRESS] if family == socket.AF_INET6 else message[_ADDRESS][:4]
    return Listener(int.from_bytes(message[_PORT], "big"), int.from_bytes(message[_INODE], sys.byteorder), packed)


def by_proc(path: str) -> Iterator[Listener]:
    """Read the listening sockets out of /proc/net/tcp or tcp6; there is none in a file that does not exist."""
    try:
        lines = Path(path).read_text(encoding="ascii").splitlines()[1:]
    except FileNotFoundError:  # a kernel without IPv6
        return
    for row in (line.split(None, 10) for line in lines):
        if row[3] != _LISTEN:
            return  # listeners are printed first
        address, _, port = row[1].partition(":")
        yield Listener(int(port, 16), int(row[9]), _packed(address))


def _packed(text: str) -> bytes:
    """Give the address bytes; /proc prints them as words of this machine's byte order."""
    words = [bytes.fromhex(text[at : at + 8]) for at in range(0, len(text), 8)]
    return b"".join(words if sys.byteorder == "big" else [word[::-1] for word in words])
