"""The server. Nothing here waits for the sidecar: it starts when this app's port is open."""

import logging
import signal
import threading
from concurrent import futures
from typing import Any

import grpc
from dapr.proto import appcallback_service_v1, appcallback_v1

from app import events, methods, orders, settings, state, tracing

logger = logging.getLogger("app")
GRACE_SECONDS = 5


class Callbacks(appcallback_service_v1.AppCallbackServicer):
    """What Dapr calls."""

    def ListTopicSubscriptions(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 gRPC's name and form
        return appcallback_v1.ListTopicSubscriptionsResponse(subscriptions=events.subscriptions())

    def ListInputBindings(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 see above
        return appcallback_v1.ListInputBindingsResponse()

    def OnTopicEvent(self, request: Any, context: Any) -> Any:  # noqa: N802 see above
        tracing.incoming(context.invocation_metadata())
        return events.take(request)

    def OnInvoke(self, request: Any, context: Any) -> Any:  # noqa: N802 see above
        tracing.incoming(context.invocation_metadata())
        try:
            return methods.answer(methods.Call(request, context.invocation_metadata()))
        except methods.UnknownMethodError:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such method")
        except orders.UnknownOrderError:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such order")
        except orders.InvalidError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except (state.SidecarError, state.ConflictError) as error:
            logger.warning("%s", error)
            context.abort(grpc.StatusCode.UNAVAILABLE, "the sidecar failed; nothing is certain, try again")


class Health(appcallback_service_v1.AppCallbackHealthCheckServicer):
    """Whether this process can serve, whatever the sidecar does."""

    def HealthCheck(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 see above
        return appcallback_v1.HealthCheckResponse()


def serve() -> None:
    """Serve until SIGTERM; calls that have begun are finished."""
    server = grpc.server(futures.ThreadPoolExecutor(settings.WORKERS))
    appcallback_service_v1.add_AppCallbackServicer_to_server(Callbacks(), server)
    appcallback_service_v1.add_AppCallbackHealthCheckServicer_to_server(Health(), server)
    server.add_insecure_port(f"127.0.0.1:{settings.APP_PORT}")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server.start()
    stopping.wait()
    server.stop(GRACE_SECONDS).wait()
    state.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    serve()
