"""How much time a recorder adds to one HTTP/1.1 exchange: direct and through it, in interleaved blocks of one run.

Run it from the project's folder: `python benchmarks/recorder.py`. Prints p50 and p99 of both, the added p50 with the
spread of the blocks, the ratio, and the resolution (the clock's, and the block medians' interquartile range).
"""

from __future__ import annotations

import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import OUTBOUND, Match, ProcessSpec, RecorderSpec, Rule

Made = TypeVar("Made")
BLOCKS, REQUESTS, WARM_UP = 30, 200, 300
REQUEST = (
    b"POST /v1.0/state/statestore HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
    b"User-Agent: benchmark\r\nContent-Type: application/json\r\nTraceparent: 00-1-2-01\r\nContent-Length: 38\r\n\r\n"
    b'[{"key":"order-1","value":{"qty":77}}]'
)
UPSTREAM = """
import asyncio, sys
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nDate: now\\r\\nContent-Length: 20\\r\\n\\r\\n"
class Upstream(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.got = transport, 0
    def data_received(self, data):
        self.got += len(data)
        while self.got >= int(sys.argv[2]):
            self.got -= int(sys.argv[2])
            self.transport.write(HEAD + b"x" * 20)
async def main():
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""


def connected(port: int) -> socket.socket:
    """Give a client connection that sends at once."""
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def exchange_ms(made: socket.socket) -> float:
    """Time one exchange."""
    started = time.perf_counter_ns()
    made.sendall(REQUEST)
    answer = made.recv(4096)
    while not answer.endswith(b"x" * 20):
        answer += made.recv(4096)
    return (time.perf_counter_ns() - started) / 1e6


def measure(ways: dict[str, Made], timed: Callable[[Made], float]) -> dict[str, list[list[float]]]:
    """Give milliseconds by way and block, each exchange `timed`; the ways take turns."""
    for made in ways.values():
        for _ in range(WARM_UP):
            timed(made)
    blocks: dict[str, list[list[float]]] = {way: [] for way in ways}
    for _ in range(BLOCKS):
        for way, made in ways.items():
            blocks[way].append([timed(made) for _ in range(REQUESTS)])
    return blocks


def show(blocks: dict[str, list[list[float]]]) -> None:
    """Print the numbers."""
    direct = [statistics.median(block) for block in blocks["direct"]]
    for way, measured in blocks.items():
        samples = sorted(sample for block in measured for sample in block)
        line = f"{way:<28} p50 {samples[len(samples) // 2]:.3f} ms   p99 {samples[len(samples) * 99 // 100]:.3f} ms"
        added = [statistics.median(block) - base for block, base in zip(measured, direct, strict=True)]
        low, middle, high = statistics.quantiles(added, n=4)
        ratio = statistics.median(samples) / statistics.median(direct)
        print(f"{line}   added p50 {middle:+.3f} ms (blocks' quartiles {low:+.3f} to {high:+.3f})   ratio {ratio:.2f}")
    clock = time.get_clock_info("perf_counter").resolution * 1e6
    print(f"{BLOCKS} interleaved blocks of {REQUESTS}; clock resolution {clock:.3f} us; budget < 0.300 ms added")


def main() -> None:
    """Measure direct, a recorder without rules, and one with a rule that never matches."""
    with tempfile.TemporaryDirectory() as folder:
        warden = Warden.launch(Path(folder), "benchmark")
        try:
            upstream, plain, ruled = warden.reserve_ports(3)
            argv = (sys.executable, "-c", UPSTREAM, str(upstream), str(len(REQUEST)))
            warden.spawn(ProcessSpec("upstream", "app", argv, dict(os.environ), folder, (upstream,)))
            warden.wait_listener(upstream, 10)
            warden.open_recorder(RecorderSpec("plain", OUTBOUND, plain, upstream))
            warden.open_recorder(RecorderSpec("ruled", OUTBOUND, ruled, upstream))
            warden.add_rule("ruled", Rule(Match(path="/v1.0/.*", body="nowhere"), "fail", status=500))
            ports = {"direct": upstream, "recorder": plain, "recorder, rule on the body": ruled}
            show(measure({way: connected(port) for way, port in ports.items()}, exchange_ms))
        finally:
            warden.close()


if __name__ == "__main__":
    main()
