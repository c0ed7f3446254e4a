"""The gRPC methods of Dapr that are understood; every other one is passed on as it is."""

from __future__ import annotations

from collections.abc import Iterable

from dapr_conformance.grpc_message.delivery_calls import (
    SUBSCRIBE,
    ListTopicSubscriptions,
    OnBulkTopicEvent,
    OnTopicEvent,
    Routes,
)
from dapr_conformance.grpc_message.equivalent import CLOUD_EVENT, Call
from dapr_conformance.grpc_message.other_calls import (
    GetConfiguration,
    HealthCheck,
    InvokeBinding,
    InvokeService,
    ListInputBindings,
    OnBindingEvent,
    OnInvoke,
    OnJobEvent,
    Secrets,
)
from dapr_conformance.grpc_message.publish_calls import BulkPublishEvent, PublishEvent
from dapr_conformance.grpc_message.state_calls import (
    DeleteBulkState,
    DeleteState,
    ExecuteStateTransaction,
    GetBulkState,
    GetState,
    QueryState,
    SaveState,
)

_PACKAGE = "/dapr.proto.runtime.v1."
ON_TOPIC_EVENT = f"{_PACKAGE}AppCallback/OnTopicEvent"
HEALTH_CHECK = f"{_PACKAGE}AppCallbackHealthCheck/HealthCheck"
ON_INVOKE = f"{_PACKAGE}AppCallback/OnInvoke"


def calls() -> dict[str, Call]:
    """Give the calls by their gRPC path; they share what they learn of an app's routes, so each app has its own."""
    routes = Routes()
    return {_PACKAGE + name: call for name, call in {**_to_the_app(routes), **_OF_THE_SIDECAR}.items()}


def method_of(method: str, target: str, headers: Iterable[tuple[str, str]]) -> str:
    """Give the gRPC path by which daprd would send an HTTP request to a gRPC app: an event, or a call of a method."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    if method == "POST" and any(kind.partition(";")[0].strip().lower() == CLOUD_EVENT for kind in kinds):
        return ON_TOPIC_EVENT
    return f"{_PACKAGE}AppCallback/ListTopicSubscriptions" if (method, target) == ("GET", SUBSCRIBE) else ON_INVOKE


def _to_the_app(routes: Routes) -> dict[str, Call]:
    bulk, job = OnBulkTopicEvent(routes), OnJobEvent()
    return {
        "AppCallback/OnInvoke": OnInvoke(),
        "AppCallback/ListTopicSubscriptions": ListTopicSubscriptions(routes),
        "AppCallback/OnTopicEvent": OnTopicEvent(routes),
        "AppCallback/OnBulkTopicEvent": bulk,
        "AppCallbackAlpha/OnBulkTopicEventAlpha1": bulk,
        "AppCallback/ListInputBindings": ListInputBindings(),
        "AppCallback/OnBindingEvent": OnBindingEvent(),
        "AppCallback/OnJobEvent": job,
        "AppCallbackAlpha/OnJobEventAlpha1": job,
        "AppCallbackHealthCheck/HealthCheck": HealthCheck(),
    }


_OF_THE_SIDECAR: dict[str, Call] = {
    "Dapr/InvokeService": InvokeService(),
    "Dapr/GetState": GetState(),
    "Dapr/GetBulkState": GetBulkState(),
    "Dapr/SaveState": SaveState(),
    "Dapr/QueryStateAlpha1": QueryState(),
    "Dapr/DeleteState": DeleteState(),
    "Dapr/DeleteBulkState": DeleteBulkState(),
    "Dapr/ExecuteStateTransaction": ExecuteStateTransaction(),
    "Dapr/PublishEvent": PublishEvent(),
    "Dapr/BulkPublishEvent": BulkPublishEvent("v1.0"),
    "Dapr/BulkPublishEventAlpha1": BulkPublishEvent("v1.0-alpha1"),
    "Dapr/InvokeBinding": InvokeBinding(),
    "Dapr/GetSecret": Secrets(),
    "Dapr/GetBulkSecret": Secrets(bulk=True),
    "Dapr/GetConfiguration": GetConfiguration(),
    "Dapr/GetConfigurationAlpha1": GetConfiguration(),
}
