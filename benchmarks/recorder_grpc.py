"""How much time a recorder adds to one gRPC call: direct and through it, in interleaved blocks of one run.

Run it from the project's folder, with `dapr` installed: `python benchmarks/recorder_grpc.py`. A delivery of one event
is measured, which the recorder reads as an HTTP exchange; prints what `recorder.py` prints.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from dapr.proto import appcallback_v1

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import recorder

from dapr_conformance.building_blocks.grpc import GrpcClient
from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import INBOUND, Match, ProcessSpec, RecorderSpec, Rule

METHOD = "/dapr.proto.runtime.v1.AppCallback/OnTopicEvent"
EVENT = appcallback_v1.TopicEventRequest(
    id="1", source="app", type="t", spec_version="1.0", data_content_type="application/json",
    data=b'{"orderId":"order-1","amount":77}', topic="payments", pubsub_name="pubsub",
).SerializeToString()  # fmt: skip
UPSTREAM = """
import sys, grpc
from concurrent import futures
from dapr.proto import appcallback_service_v1, appcallback_v1
class App(appcallback_service_v1.AppCallbackServicer):
    def OnTopicEvent(self, request, context): return appcallback_v1.TopicEventResponse()
server = grpc.server(futures.ThreadPoolExecutor(2))
appcallback_service_v1.add_AppCallbackServicer_to_server(App(), server)
server.add_insecure_port("127.0.0.1:" + sys.argv[1])
server.start()
server.wait_for_termination()
"""


def call_ms(client: GrpcClient) -> float:
    """Time one call."""
    started = time.perf_counter_ns()
    client.call(METHOD, EVENT)
    return (time.perf_counter_ns() - started) / 1e6


def main() -> None:
    """Measure direct, a recorder without rules, and one with a rule that never matches."""
    with tempfile.TemporaryDirectory() as folder:
        warden = Warden.launch(Path(folder), "benchmark")
        try:
            upstream, plain, ruled = warden.reserve_ports(3)
            argv = (sys.executable, "-c", UPSTREAM, str(upstream))
            warden.spawn(ProcessSpec("upstream", "app", argv, dict(os.environ), folder, (upstream,)))
            warden.wait_listener(upstream, 30)
            warden.open_recorder(RecorderSpec("plain", INBOUND, plain, upstream, "grpc"))
            warden.open_recorder(RecorderSpec("ruled", INBOUND, ruled, upstream, "grpc"))
            warden.add_rule("ruled", Rule(Match(path="/pubsub/.*", body="nowhere"), "fail", status=500))
            ports = {"direct": upstream, "recorder": plain, "recorder, rule on the body": ruled}
            recorder.show(recorder.measure({way: GrpcClient(port) for way, port in ports.items()}, call_ms))
        finally:
            warden.close()


if __name__ == "__main__":
    main()
