"""`/echo/...` shows the request as it arrived: what service invocation keeps, and what it changes on the way."""

from base64 import b64encode
from typing import Any

from fastapi import APIRouter, Request

router = APIRouter(tags=["echo"])


async def echo(request: Request) -> dict[str, Any]:
    """Show method, raw path, raw query, every header as [name, value], and the body as text and in base64."""
    body = await request.body()
    return {
        "method": request.method,
        "path": request.scope["raw_path"].decode(),
        "query": request.scope["query_string"].decode(),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers.raw],
        "body": body.decode(errors="replace"),
        "body_base64": b64encode(body).decode(),
    }


for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
    router.add_api_route("/echo/{rest:path}", echo, methods=[method], operation_id=f"echo_{method.lower()}")
