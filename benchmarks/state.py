"""A state property's wall time against generation alone plus the same requests sent raw, in one run.

Usage: python benchmarks/state.py. Needs the Dapr runtime in the cache (any run of the plugin leaves it there).
"""

import secrets
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import strategies as st

from dapr_conformance import content
from dapr_conformance.probes.check import Selection
from dapr_conformance.probes.engine import Engine, Facts
from dapr_conformance.probes.examples import ForAll
from dapr_conformance.probes.strategies import json_values, state_key_suffixes
from dapr_conformance.requirement import requirement_of
from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.provider import provide
from dapr_conformance.selftest.program import subject
from dapr_conformance.warden.client import Warden

EXAMPLES, ROUNDS = 100, 7
PART = "what is saved is read"


def generation(seed: int) -> float:
    began = time.perf_counter()
    pairs = st.fixed_dictionaries({"key": state_key_suffixes(), "value": json_values()})
    ForAll(lambda _: None).run(pairs, EXAMPLES, seed)
    return time.perf_counter() - began


def raw(port: int, requests: list[bytes]) -> float:
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            connection.sendall(request)
            answer = connection.recv(65536)
            while not complete(answer):
                answer += connection.recv(65536)
    return time.perf_counter() - began


def complete(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return len(body) >= int(fields.get(b"Content-Length", b"0"))


def encoded(replies) -> list[bytes]:
    rows = []
    for reply in replies:
        head = f"{reply.method} {reply.target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        rows.append(head.encode() + b"Content-Length: %d\r\n\r\n" % len(reply.request_body) + reply.request_body)
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runtime = provide("1.18.2", print)
        warden = Warden.launch(Path(folder), secrets.token_hex(6))
        known = expectations.for_version("1.18.2")
        engine = Engine(Facts(subject(), (), runtime, known, warden, Path(folder), sys.executable))
        function = next(f for stem, f in content.all_checks() if stem.endswith("state/round_trip"))
        requirement = requirement_of(function)
        environment = engine.environment(requirement.arena)
        ratios = []
        for number in range(ROUNDS):
            check = engine.check("benchmark", requirement, environment, Selection(EXAMPLES, number, part=PART))
            check.api.replies.clear()
            began = time.perf_counter()
            function(check)
            whole = time.perf_counter() - began
            floor = generation(number) + raw(environment.unit.sidecar.http, encoded(list(check.api.replies)))
            ratios.append(whole / floor)
        engine.close_arena()
        warden.close()
    print(
        f"state property / (generation + raw): median {statistics.median(ratios):.2f}, "
        f"{min(ratios):.2f} to {max(ratios):.2f} over {ROUNDS} rounds of {EXAMPLES} examples"
    )


if __name__ == "__main__":
    main()
