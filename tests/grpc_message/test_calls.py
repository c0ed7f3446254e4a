"""Every message of Dapr's gRPC API that is understood: what it says over HTTP, and that it comes back as it was."""

import json

import pytest
from dapr.proto import api_v1, appcallback_v1, common_v1
from google.protobuf.any_pb2 import Any
from google.protobuf.json_format import ParseDict

from dapr_conformance.grpc_message import fields
from dapr_conformance.grpc_message.equivalent import Answer
from dapr_conformance.grpc_message.services import calls

CALLS = calls()


def call(name):
    return CALLS[f"/dapr.proto.runtime.v1.{name}"]


def made(kind, values):
    return ParseDict(values, kind()) if isinstance(values, dict) else values


ITEM = {"key": "a/b", "value": "eyJxIjogMX0=", "etag": {"value": "3"}, "options": {"concurrency": 1, "consistency": 2}}
SHOWN = {
    "key": "a/b",
    "value": {"q": 1},
    "etag": "3",
    "options": {"concurrency": "first-write", "consistency": "strong"},
}
EVENT = {"id": "1", "source": "s", "type": "t", "specVersion": "1.0", "dataContentType": "application/json"}
ENVELOPE = {"id": "1", "source": "s", "type": "t", "specversion": "1.0", "datacontenttype": "application/json"}
INVOKE = common_v1.InvokeRequest(
    method="m/n",
    data=Any(value=b"hi"),
    content_type="text/plain",
    http_extension=common_v1.HTTPExtension(verb="PATCH", querystring="a=1&b=%20"),
)

# name -> message (as its class and protobuf's JSON form), method, target, body (JSON or bytes)
REQUESTS = {
    "Dapr/SaveState": (api_v1.SaveStateRequest, {"storeName": "s", "states": [ITEM]}, "POST", "/v1.0/state/s", [SHOWN]),
    "Dapr/GetState": (
        api_v1.GetStateRequest,
        {"storeName": "s", "key": "a/b ä", "consistency": 2, "metadata": {"k": "v w"}},
        "GET",
        "/v1.0/state/s/a%2Fb%20%C3%A4?consistency=strong&metadata.k=v%20w",
        b"",
    ),
    "Dapr/GetBulkState": (
        api_v1.GetBulkStateRequest,
        {"storeName": "s", "keys": ["a", "b"], "parallelism": 3},
        "POST",
        "/v1.0/state/s/bulk",
        {"keys": ["a", "b"], "parallelism": 3},
    ),
    "Dapr/DeleteState": (
        api_v1.DeleteStateRequest,
        {"storeName": "s", "key": "a", "etag": {"value": "3"}},
        "DELETE",
        "/v1.0/state/s/a",
        b"",
    ),
    "Dapr/DeleteBulkState": (
        api_v1.DeleteBulkStateRequest,
        {"storeName": "s", "states": [{"key": "a"}, {"key": "b,c"}]},
        "DELETE",
        "/v1.0/state/s/a,b%2Cc",
        [{"key": "a"}, {"key": "b,c"}],
    ),
    "Dapr/ExecuteStateTransaction": (
        api_v1.ExecuteStateTransactionRequest,
        {
            "storeName": "s",
            "operations": [
                {"operationType": "upsert", "request": ITEM},
                {"operationType": "delete", "request": {"key": "x"}},
            ],
            "metadata": {"k": "v"},
        },
        "POST",
        "/v1.0/state/s/transaction",
        {
            "operations": [{"operation": "upsert", "request": SHOWN}, {"operation": "delete", "request": {"key": "x"}}],
            "metadata": {"k": "v"},
        },
    ),
    "Dapr/QueryStateAlpha1": (
        api_v1.QueryStateRequest,
        {"storeName": "s", "query": '{"filter":{}}'},
        "POST",
        "/v1.0-alpha1/state/s/query",
        {"filter": {}},
    ),
    "Dapr/PublishEvent": (
        api_v1.PublishEventRequest,
        {
            "pubsubName": "p",
            "topic": "a/b",
            "data": "eyJxIjogMX0=",
            "dataContentType": "application/json",
            "metadata": {"ttlInSeconds": "5"},
        },
        "POST",
        "/v1.0/publish/p/a%2Fb?metadata.ttlInSeconds=5",
        b'{"q": 1}',
    ),
    "Dapr/BulkPublishEvent": (
        api_v1.BulkPublishRequest,
        {
            "pubsubName": "p",
            "topic": "t",
            "entries": [
                {"entryId": "1", "event": "eyJxIjoxfQ==", "contentType": "application/json", "metadata": {"a": "b"}},
                {"entryId": "2", "event": "aGk=", "contentType": "text/plain"},
            ],
        },
        "POST",
        "/v1.0/publish/bulk/p/t",
        [
            {"entryId": "1", "event": {"q": 1}, "contentType": "application/json", "metadata": {"a": "b"}},
            {"entryId": "2", "event": "hi", "contentType": "text/plain", "metadata": {}},
        ],
    ),
    "Dapr/InvokeService": (
        api_v1.InvokeServiceRequest,
        api_v1.InvokeServiceRequest(id="other", message=INVOKE),
        "PATCH",
        "/v1.0/invoke/other/method/m/n?a=1&b=%20",
        b"hi",
    ),
    "Dapr/InvokeBinding": (
        api_v1.InvokeBindingRequest,
        {"name": "b", "data": "eyJxIjoxfQ==", "operation": "create", "metadata": {"a": "b"}},
        "POST",
        "/v1.0/bindings/b",
        {"operation": "create", "metadata": {"a": "b"}, "data": {"q": 1}},
    ),
    "Dapr/GetSecret": (
        api_v1.GetSecretRequest,
        {"storeName": "s", "key": "a", "metadata": {"version": "2"}},
        "GET",
        "/v1.0/secrets/s/a?metadata.version=2",
        b"",
    ),
    "Dapr/GetBulkSecret": (api_v1.GetBulkSecretRequest, {"storeName": "s"}, "GET", "/v1.0/secrets/s/bulk", b""),
    "Dapr/GetConfiguration": (
        api_v1.GetConfigurationRequest,
        {"storeName": "s", "keys": ["a", "b"]},
        "GET",
        "/v1.0/configuration/s?key=a&key=b",
        b"",
    ),
    "AppCallback/OnInvoke": (common_v1.InvokeRequest, INVOKE, "PATCH", "/m/n?a=1&b=%20", b"hi"),
    "AppCallback/OnTopicEvent": (
        appcallback_v1.TopicEventRequest,
        {
            **EVENT,
            "topic": "t",
            "pubsubName": "p",
            "path": "/r",
            "data": "eyJxIjpbMV19",
            "extensions": {"pubsubname": "p", "topic": "t", "x": [1, {"y": None}]},
        },
        "POST",
        "/r",
        {**ENVELOPE, "topic": "t", "pubsubname": "p", "x": [1, {"y": None}], "data": {"q": [1]}},
    ),
    "AppCallback/OnBulkTopicEvent": (
        appcallback_v1.TopicEventBulkRequest,
        {
            "id": "1",
            "topic": "t",
            "pubsubName": "p",
            "type": "bulk",
            "path": "/r",
            "entries": [
                {
                    "entryId": "1",
                    "cloudEvent": {**EVENT, "data": "eyJxIjoxfQ==", "extensions": {"topic": "t"}},
                    "contentType": "a/b",
                    "metadata": {"m": "n"},
                },
                {"entryId": "2", "bytes": "aGk="},
            ],
        },
        "POST",
        "/r",
        {
            "id": "1",
            "topic": "t",
            "type": "bulk",
            "metadata": {},
            "pubsubname": "p",
            "entries": [
                {
                    "entryId": "1",
                    "event": {**ENVELOPE, "topic": "t", "data": {"q": 1}},
                    "contentType": "a/b",
                    "metadata": {"m": "n"},
                },
                {"entryId": "2", "event": "aGk=", "contentType": "", "metadata": {}},
            ],
        },
    ),
    "AppCallback/OnBindingEvent": (
        appcallback_v1.BindingEventRequest,
        {"name": "b", "data": "aGk=", "metadata": {"a": "b"}},
        "POST",
        "/b",
        b"hi",
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_says_the_same_over_http_and_back(name):
    kind, values, method, target, body = REQUESTS[name]
    message, known = made(kind, values), call(name)
    request = known.request(fields.read(known.asks, message.SerializeToString()))
    assert (request.method, request.target) == (method, target)
    assert (request.body if isinstance(body, bytes) else json.loads(request.body)) == body
    again = known.request(fields.read(known.asks, fields.write(known.asks, known.asked(request))))
    assert again == request


@pytest.mark.parametrize("name", [name for name in REQUESTS if "Save" not in name and "Transaction" not in name])
def test_a_message_that_was_read_and_written_is_the_same(name):
    kind, values, *_ = REQUESTS[name]
    message, known = made(kind, values), call(name)
    request = known.request(fields.read(known.asks, message.SerializeToString()))
    written = fields.write(known.asks, known.asked(request))
    back = known.request(fields.read(known.asks, kind.FromString(written).SerializeToString()))
    assert back == request


# name -> answer as its class and protobuf's JSON form, status, body
ANSWERS = {
    "Dapr/GetState": (api_v1.GetStateResponse, {"data": "eyJxIjogMX0=", "etag": "4"}, 200, b'{"q": 1}'),
    "Dapr/GetBulkState": (
        api_v1.GetBulkStateResponse,
        {"items": [{"key": "a", "data": "MQ==", "etag": "2"}, {"key": "b", "error": "no"}]},
        200,
        [{"key": "a", "data": 1, "etag": "2"}, {"key": "b", "error": "no"}],
    ),
    "Dapr/QueryStateAlpha1": (
        api_v1.QueryStateResponse,
        {"results": [{"key": "a", "data": "MQ=="}], "token": "t"},
        200,
        {"results": [{"key": "a", "data": 1}], "token": "t"},
    ),
    "Dapr/BulkPublishEvent": (
        api_v1.BulkPublishResponse,
        {"failedEntries": [{"entryId": "1", "error": "no"}]},
        500,
        {"failedEntries": [{"entryId": "1", "error": "no"}], "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE"},
    ),
    "Dapr/InvokeService": (
        common_v1.InvokeResponse,
        common_v1.InvokeResponse(data=Any(value=b"hi"), content_type="a/b"),
        200,
        b"hi",
    ),
    "Dapr/GetSecret": (api_v1.GetSecretResponse, {"data": {"a": "b"}}, 200, {"a": "b"}),
    "Dapr/GetBulkSecret": (
        api_v1.GetBulkSecretResponse,
        {"data": {"x": {"secrets": {"a": "b"}}}},
        200,
        {"x": {"a": "b"}},
    ),
    "Dapr/InvokeBinding": (api_v1.InvokeBindingResponse, {"data": "aGk="}, 200, b"hi"),
    "Dapr/GetConfiguration": (
        api_v1.GetConfigurationResponse,
        {"items": {"a": {"value": "1", "version": "2"}}},
        200,
        {"a": {"value": "1", "version": "2", "metadata": {}}},
    ),
    "AppCallback/OnTopicEvent": (appcallback_v1.TopicEventResponse, {"status": "RETRY"}, 200, {"status": "RETRY"}),
    "AppCallback/OnBulkTopicEvent": (
        appcallback_v1.TopicEventBulkResponse,
        {"statuses": [{"entryId": "1", "status": "DROP"}]},
        200,
        {"statuses": [{"entryId": "1", "status": "DROP"}]},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_the_same_over_http_and_back(name):
    kind, values, status, body = ANSWERS[name]
    message, known = made(kind, values), call(name)
    answer = known.answer(fields.read(known.gives, message.SerializeToString()))
    assert answer.status == status
    assert (answer.body if isinstance(body, bytes) else json.loads(answer.body)) == body
    assert known.code(answer) == 0
    written = fields.write(known.gives, known.given(answer))
    assert kind.FromString(written) == message


def test_nothing_stored_is_no_content():
    known = call("Dapr/GetState")
    assert known.answer(fields.read(known.gives, b"")) == Answer(204)


FAILURES = [
    ("Dapr/SaveState", 10, 409, 10),
    ("Dapr/SaveState", 13, 500, 13),
    ("Dapr/SaveState", 2, 500, 13),
    ("AppCallback/OnTopicEvent", 5, 500, 13),
    ("AppCallback/OnTopicEvent", 14, 500, 13),
    ("AppCallback/OnTopicEvent", 12, 404, 12),
    ("AppCallback/OnInvoke", 5, 404, 5),
    ("AppCallback/OnInvoke", 12, 501, 12),
    ("Dapr/GetState", 99, 500, 13),
]


@pytest.mark.parametrize(("name", "code", "status", "back"), FAILURES)
def test_a_failure_has_the_status_that_daprd_makes_of_it(name, code, status, back):
    answer = call(name).failure(code, "because")
    assert (answer.status, json.loads(answer.body)["message"], call(name).code(answer)) == (status, "because", back)


def test_what_a_table_does_not_name_is_kept_in_an_altered_message():
    known = call("Dapr/GetState")
    original = api_v1.SubscribeConfigurationRequest(store_name="s", keys=["a"]).SerializeToString() + b"\x9a\x06\x01z"
    assert fields.write(known.asks, {"store": "s", "key": "b"}, original).startswith(b"\x9a\x06\x01z")
