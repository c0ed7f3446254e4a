"""Around every request: HEAD as GET, the trace context, one log line and one measurement."""

import time

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics, tracing
from app.logs import logger


class Observe:
    """ASGI middleware. It is not a BaseHTTPMiddleware because that one hides context variables from the routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the next application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; a failure that no handler knows becomes a logged 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        tracing.enter(Headers(scope=scope))
        # HEAD is answered as GET; the server leaves the body out (RFC 9110, section 9.3.2).
        inner = {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        start, status = time.perf_counter(), 0

        async def observed_send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(inner, receive, observed_send)
        except Exception:
            logger.exception("unexpected failure")
            if status:
                raise
            await JSONResponse({"detail": "internal error"}, 500)(scope, receive, observed_send)
        self._report(inner, status, time.perf_counter() - start)

    def _report(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        metrics.REQUESTS.labels(route, status).observe(seconds)
        logger.info("%s %s %d %.1f ms", scope["method"], route, status, seconds * 1000)
