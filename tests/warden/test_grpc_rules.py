"""A real gRPC app behind a recorder: its calls are exchanges of Dapr's HTTP API, which rules alter."""

import json
import threading
from concurrent import futures

import grpc
import pytest
from dapr.proto import appcallback_service_v1, appcallback_v1, common_v1
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from dapr_conformance.errors import HarnessError
from dapr_conformance.grpc_message.services import HEALTH_CHECK
from dapr_conformance.warden.protocol import INBOUND, Injection, Match, RecorderSpec, Rule

EVENT = Match(method="POST", path="/ps/t")
CLOUD_EVENT = (("content-type", "application/cloudevents+json; charset=utf-8"), ("traceparent", "00-1"))


class App(appcallback_service_v1.AppCallbackServicer):
    def __init__(self):
        self.events, self.status = [], 0

    def OnTopicEvent(self, request, context):  # noqa: N802 - gRPC's name
        self.events.append((request, dict(context.invocation_metadata())))
        return appcallback_v1.TopicEventResponse(status=self.status)

    def ListTopicSubscriptions(self, _request, _context):  # noqa: N802 - see above
        rules = [appcallback_v1.TopicRule(match="x", path="a")]
        routed = appcallback_v1.TopicRoutes(rules=rules, default="b")
        return appcallback_v1.ListTopicSubscriptionsResponse(
            subscriptions=[
                appcallback_v1.TopicSubscription(pubsub_name="ps", topic="t", dead_letter_topic="dead"),
                appcallback_v1.TopicSubscription(pubsub_name="ps", topic="u", routes=routed),
            ]
        )

    def OnInvoke(self, request, context):  # noqa: N802 - see above
        if request.method == "missing":
            context.abort(grpc.StatusCode.NOT_FOUND, "no ä here")
        context.send_initial_metadata([("x-verb", str(request.http_extension.verb))])
        return common_v1.InvokeResponse(data=request.data, content_type=request.content_type)


class Chat(grpc.GenericRpcHandler):
    """A service that no recorder knows: answers each message of a stream at once."""

    def service(self, details):
        if details.method == "/some.Chat/Talk":
            return grpc.stream_stream_rpc_method_handler(lambda said, _: (b"to " + each for each in said))
        return None


@pytest.fixture(scope="module")
def server():
    app, made = App(), grpc.server(futures.ThreadPoolExecutor(8))
    appcallback_service_v1.add_AppCallbackServicer_to_server(app, made)
    made.add_generic_rpc_handlers([Chat()])
    app.port = made.add_insecure_port("127.0.0.1:0")
    made.start()
    yield app
    made.stop(None)


class Behind:
    def __init__(self, warden, name, port):
        self.warden, self.name = warden, name
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = appcallback_service_v1.AppCallbackStub(self.channel)

    def event(self, data=b'{"a": 1}', **more):
        extensions = Struct()
        extensions.update({"topic": "t", "pubsubname": "ps", "traceid": "x", "n": 3})
        fields = {"id": "7", "type": "t", "spec_version": "1.0", "topic": "t", "pubsub_name": "ps"}
        typed = {"data_content_type": "application/json", "data": data, "extensions": extensions}
        return self.stub.OnTopicEvent(
            appcallback_v1.TopicEventRequest(**{**fields, **typed, **more}), timeout=10
        ).status

    def failure(self, **more):
        with pytest.raises(grpc.RpcError) as found:
            self.event(**more)
        return found.value.code().name, found.value.details()

    def exchange(self):
        return self.warden.wait_exchanges(self.name, Match(complete=True), 1, 5)[-1]


@pytest.fixture
def behind(warden, server, request):
    name = f"grpc-{request.node.name}"
    (port,) = warden.reserve_ports(1)
    warden.open_recorder(RecorderSpec(name, INBOUND, port, server.port, "grpc"))
    server.events.clear()
    server.status = 0
    made = Behind(warden, name, port)
    yield made
    made.channel.close()
    warden.close_recorder(name)


def test_a_delivery_is_an_envelope_that_is_posted(behind, server):
    server.status = 2
    assert behind.event() == 2
    found = behind.exchange()
    assert (found.method, found.target, found.request_header("content-type")) == (
        "POST",
        "/ps/t",
        "application/cloudevents+json",
    )
    assert json.loads(found.request_body) == {
        "id": "7",
        "type": "t",
        "specversion": "1.0",
        "topic": "t",
        "pubsubname": "ps",
        "traceid": "x",
        "n": 3,
        "datacontenttype": "application/json",
        "data": {"a": 1},
    }
    assert (found.status, found.response_body, found.outcome) == (200, b'{"status":"DROP"}', "complete")
    assert (found.protocol, found.grpc_method.rpartition("/")[2], found.grpc_status) == ("grpc", "OnTopicEvent", 0)


def test_a_status_that_daprd_does_not_know_is_no_word_of_the_protocol(behind, server):
    server.status = 9
    behind.event()
    assert behind.exchange().response_body == b'{"status":"9"}'


def test_subscriptions_are_shown_with_the_routes_that_deliveries_are_recorded_by(behind):
    behind.stub.ListTopicSubscriptions(Empty())
    found = behind.exchange()
    assert (found.method, found.target) == ("GET", "/dapr/subscribe")
    assert json.loads(found.response_body) == [
        {"pubsubname": "ps", "topic": "t", "routes": {"default": "/ps/t"}, "deadLetterTopic": "dead"},
        {"pubsubname": "ps", "topic": "u", "routes": {"rules": [{"match": "x", "path": "/a"}], "default": "/b"}},
    ]


def test_calls_and_their_failures(behind):
    request = common_v1.InvokeRequest(method="orders/a b", content_type="text/plain")
    request.data.value, request.http_extension.verb, request.http_extension.querystring = b"hi", 4, "x=1"
    behind.stub.OnInvoke(request, metadata=[("dapr-x", "y")])
    request.method = "missing"
    with pytest.raises(grpc.RpcError, match="no ä here"):
        behind.stub.OnInvoke(request)
    good, bad = behind.warden.wait_exchanges(behind.name, Match(complete=True), 2, 5)
    assert (good.method, good.target, good.request_body, good.status) == ("PUT", "/orders/a%20b?x=1", b"hi", 200)
    assert (good.request_header("dapr-x"), good.response_header("x-verb")) == ("y", "4")
    assert (bad.status, json.loads(bad.response_body)["message"], bad.grpc_status) == (404, "no ä here", 5)


RULES = {
    "fail": (Rule(EVENT, "fail", status=500, body='{"message": "played"}'), ("INTERNAL", "played")),
    "not found": (Rule(EVENT, "fail", status=404), ("UNIMPLEMENTED", "UNIMPLEMENTED")),
    "no such answer": (Rule(EVENT, "fail", status=200, body="[]"), ("UNKNOWN", None)),
    "refuse": (Rule(EVENT, "refuse"), ("UNAVAILABLE", None)),
    "drop the answer": (Rule(EVENT, "drop_response"), ("UNAVAILABLE", None)),
    "a failure by its body": (Rule(Match(body='"a":1'), "fail", status=503), ("UNAVAILABLE", None)),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_makes_a_call_fail(behind, name):
    rule, (code, text) = RULES[name]
    number = behind.warden.add_rule(behind.name, rule)
    failed = behind.failure()
    assert failed[0] == code
    assert text in (None, failed[1])
    assert behind.warden.remove_rule(behind.name, number).applied == 1
    assert behind.event() == 0


def test_a_rule_that_matches_nothing_lets_all_pass(behind, server):
    behind.warden.add_rule(behind.name, Rule(Match(body="nowhere"), "fail", status=500))
    assert behind.event() == 0
    assert server.events[0][0].data == b'{"a": 1}'


def test_a_rule_alters_an_event(behind, server):
    pairs = (('"a":1', '"a":22'), ('"id":"7"', '"id":"8"'), ('"traceid":"x"', '"traceid":"yy"'))
    behind.warden.add_rule(behind.name, Rule(EVENT, "alter_request", replace=pairs, set_headers=(("x-new", "1"),)))
    behind.event()
    request, metadata = server.events[0]
    assert (request.id, request.data, request.extensions["traceid"], request.extensions["n"]) == (
        "8",
        b'{"a":22}',
        "yy",
        3,
    )
    assert (request.path, request.topic, metadata["x-new"]) == ("", "t", "1")


def test_a_rule_alters_an_answer(behind):
    number = behind.warden.add_rule(behind.name, Rule(EVENT, "alter_response", body='{"status": "RETRY"}'))
    assert behind.event() == 1
    behind.warden.remove_rule(behind.name, number)
    behind.warden.add_rule(behind.name, Rule(EVENT, "alter_response", status=500, body="no"))
    assert behind.failure() == ("INTERNAL", "no")


@pytest.mark.parametrize("action", ["delay", "delay_response"])
def test_a_rule_delays(behind, action):
    behind.warden.add_rule(behind.name, Rule(EVENT, action, delay_s=0.3))
    assert behind.event() == 0
    found = behind.exchange()
    assert 0.3 <= (found.ended_ns - found.started_ns) / 1e9 < 5


@pytest.mark.parametrize("concurrent", [False, True])
def test_a_rule_repeats_a_delivery(behind, server, until, concurrent):
    behind.warden.add_rule(behind.name, Rule(EVENT, "duplicate", times=2, concurrent=concurrent))
    behind.event()
    found = until(lambda: len(e := behind.warden.exchanges(behind.name, Match(complete=True))) == 3 and e)
    assert [e.injected for e in found] == [False, True, True]
    assert {e.request_sha256 for e in found} == {found[0].request_sha256}
    assert [request.id for request, _ in server.events] == ["7"] * 3


def test_an_event_is_injected_as_daprd_delivers_it(behind, server):
    event = {"id": "9", "pubsubname": "ps", "topic": "t", "data": "ä", "datacontenttype": "text/plain", "e": 1.5}
    found = behind.warden.inject(behind.name, Injection("POST", "/ps/t", CLOUD_EVENT, json.dumps(event).encode()))
    request, metadata = server.events[0]
    assert (request.id, request.data.decode(), request.path, request.extensions["e"]) == ("9", "ä", "", 1.5)
    assert metadata["traceparent"] == "00-1"
    assert (found.status, found.response_body, found.injected, found.target) == (
        200,
        b'{"status":"SUCCESS"}',
        True,
        "/ps/t",
    )


def test_an_event_is_injected_by_the_path_that_the_app_wrote(behind, server):
    behind.stub.ListTopicSubscriptions(Empty())
    event = {"id": "9", "pubsubname": "ps", "topic": "u", "data_base64": "AP8="}
    behind.warden.inject(behind.name, Injection("POST", "/a", CLOUD_EVENT, json.dumps(event).encode()))
    assert (server.events[0][0].path, server.events[0][0].data) == ("a", b"\x00\xff")


def test_a_call_is_injected(behind):
    found = behind.warden.inject(behind.name, Injection("DELETE", "/a%20b?c", (("content-type", "x/y"),), b"\xff"))
    assert (found.status, found.response_body, found.response_header("x-verb")) == (200, b"\xff", "5")


def test_a_call_is_injected_by_the_method_that_is_named(behind):
    found = behind.warden.inject(behind.name, Injection("GET", "/healthz", grpc_method=HEALTH_CHECK))
    assert (found.target, found.grpc_method, found.grpc_status, found.status) == ("/healthz", HEALTH_CHECK, 12, 501)


def test_what_no_message_can_say_is_not_injected(behind):
    with pytest.raises(HarnessError, match=r"cannot inject POST /ps/t as .*OnTopicEvent"):
        behind.warden.inject(behind.name, Injection("POST", "/ps/t", CLOUD_EVENT, b"no event"))


def test_an_unknown_service_passes_as_it_comes(behind):
    talk, said = behind.channel.stream_stream("/some.Chat/Talk"), []
    more = threading.Semaphore()

    def speak():
        for word in (b"one", b"two"):
            more.acquire()
            yield word

    for answer in talk(speak()):
        said.append(answer)
        more.release()
    assert said == [b"to one", b"to two"]
    found = behind.exchange()
    assert (found.method, found.target, found.grpc_method, found.grpc_status) == (
        "POST",
        "/some.Chat/Talk",
        "/some.Chat/Talk",
        0,
    )
    behind.warden.add_rule(behind.name, Rule(Match(path="/some.Chat/.*"), "fail", status=503))
    with pytest.raises(grpc.RpcError) as failed:
        list(talk(iter([b"x"])))
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE


def test_compressed_messages_are_read(behind):
    zipped = grpc.insecure_channel(behind.channel._channel.target().decode(), compression=grpc.Compression.Gzip)
    with zipped:
        stub = appcallback_service_v1.AppCallbackStub(zipped)
        event = {"topic": "t", "pubsub_name": "ps", "data_content_type": "text/plain"}
        stub.OnTopicEvent(appcallback_v1.TopicEventRequest(data=b"a" * 5000, **event))
    assert json.loads(behind.exchange().request_body)["data"] == "a" * 5000
