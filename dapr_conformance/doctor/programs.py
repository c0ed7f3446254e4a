"""Programs that apps and their servers need, each found on PATH and asked for its version."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dapr_conformance.doctor.finding import Finding
from dapr_conformance.options import TABLE
from dapr_conformance.runtime.ask import ask

DEADLINE = 1.5  # seconds for each answer; all are asked at once, so the doctor takes little longer
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class Program:
    """One row: names to look for, the arguments that make it tell its version (none: it is not asked)."""

    what: str
    names: tuple[str, ...]
    version: tuple[str, ...]
    use: str
    get: str


def _serves(option: str, value: str, text: str) -> str:
    """Give the text if there is such an option and value; a doctor promises nothing that runs do not use."""
    known = any(row.flag == option and (not row.allowed or value in row.allowed) for row in TABLE)
    return f"{text} (--{option}={value})" if known else "nothing yet"


def _infra(name: str, text: str) -> str:
    use = _serves("dapr-infra", name, text)
    return "nothing yet: runs use stand-ins and need no server" if use == "nothing yet" else use


PROGRAMS = (
    Program(
        "Node",
        ("node",),
        ("--version",),
        "apps in JavaScript and TypeScript",
        "apt-get install nodejs (190 MB, a minute)",
    ),
    Program(
        "Java", ("java",), ("-version",), "apps in Java", "apt-get install openjdk-17-jre-headless (190 MB, a minute)"
    ),
    Program(
        "Redis",
        ("redis-server", "valkey-server"),
        ("--version",),
        _infra("redis", "real Redis for state and events"),
        "apt-get install redis-server (7 MB, seconds)",
    ),
    Program(
        "Kafka",
        ("kafka-server-start.sh", "kafka-server-start"),
        (),
        _infra("kafka", "real Kafka for events"),
        "unpack Apache Kafka and put its bin folder on PATH (120 MB; needs Java)",
    ),
    Program(
        "PostgreSQL",
        ("postgres", "/usr/lib/postgresql/*/bin/postgres"),
        ("--version",),
        _infra("postgresql", "real PostgreSQL for state"),
        "apt-get install postgresql (60 MB, a minute)",
    ),
    Program(
        "Jaeger",
        ("jaeger-all-in-one", "jaeger"),
        ("version",),
        "nothing yet",
        "put jaeger-all-in-one of Jaeger's release on PATH (50 MB)",
    ),
)


def program(row: Program) -> list[Finding]:
    """Look for one program."""
    path = _path(row.names)
    if path is None:
        return [Finding(row.what, f"no {row.names[0]} on PATH", row.use, row.get, found=False)]
    if not row.version:
        return [Finding(row.what, path, row.use)]
    answer = ask([path, *row.version], DEADLINE)
    if answer is None or answer.exit_code:
        asked = " ".join((path, *row.version))
        return [
            Finding(row.what, f"`{asked}` fails or says nothing within {DEADLINE} s", row.use, row.get, found=False)
        ]
    number = _NUMBER.search(f"{answer.out}\n{answer.err}")
    return [Finding(row.what, f"{number[0] if number else 'of unknown version'}  {path}", row.use)]


def _path(names: tuple[str, ...]) -> str | None:
    for name in names:
        if found := shutil.which(name):
            return found
        if "*" in name and (places := sorted(Path("/").glob(name.lstrip("/")))):
            return str(places[-1])
    return None


def docker() -> list[Finding]:
    """Look for Docker: a command and a daemon that answers it."""
    use = "taking Dapr out of its container image"
    get = "apt-get install docker.io (300 MB, a minute) and start its service"
    path = shutil.which("docker")
    if path is None:
        return [Finding("Docker", "no docker on PATH", use, get, found=False)]
    answer = ask([path, "version", "--format", "{{.Server.Version}}"], DEADLINE)
    if answer is None or answer.exit_code:
        reason = answer.err.splitlines()[-1] if answer and answer.err else f"no answer within {DEADLINE} s"
        denied = "permission denied" in reason.lower()
        start = "join its group: usermod -aG docker $USER" if denied else "start its daemon: systemctl start docker"
        return [Finding("Docker", f"{path}, but no daemon answers: {reason}", use, start, found=False)]
    return [Finding("Docker", f"{answer.out}  {path}", use)]


# Unsharing in a child: what it gets ends with it. Without root it takes a user namespace too.
_UNSHARE = """
import ctypes, os, sys
new_user, new_net = 0x10000000, 0x40000000
flags = new_net if os.geteuid() == 0 else new_net | new_user
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(os.strerror(ctypes.get_errno()) if libc.unshare(flags) else 0)
"""


def namespaces() -> list[Finding]:
    """Try whether a process may have a network of its own."""
    what = "Own network"
    use = _serves("dapr-isolate", "auto", "apps that insist on a port which is in use")
    answer = ask([sys.executable, "-I", "-S", "-c", _UNSHARE], DEADLINE)
    if answer is not None and answer.exit_code == 0:
        return [Finding(what, "network namespaces are permitted", use)]
    reason = answer.err if answer else f"no answer within {DEADLINE} s"
    get = "run as root, permit user namespaces, or give the container the capability SYS_ADMIN"
    return [Finding(what, f"network namespaces are not permitted: {reason}", use, get, found=False)]
