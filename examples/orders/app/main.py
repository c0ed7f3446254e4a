"""The application. Nothing here waits for the sidecar: it starts when this app's port is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app import echo, events, health, logs, publisher, routes, sidecar
from app.middleware import Observe
from app.orders import PreconditionError, UnknownOrderError
from app.secret_store import SecretError

logs.configure()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Close the connections after the last request is answered."""
    yield
    publisher.close()
    sidecar.close()


app = FastAPI(title="orders", lifespan=lifespan, redirect_slashes=False)
app.add_middleware(Observe)
for part in (routes, events, echo, health):
    app.include_router(part.router)


def _problem(code: int, detail: Any) -> Response:
    return JSONResponse({"detail": detail}, code)


@app.exception_handler(UnknownOrderError)
async def unknown_order(_: Request, __: Exception) -> Response:
    """Answer 404."""
    return _problem(status.HTTP_404_NOT_FOUND, "there is no such order")


@app.exception_handler(PreconditionError)
async def precondition_failed(_: Request, __: Exception) -> Response:
    """Refuse to change a version that the caller has not seen."""
    return _problem(status.HTTP_412_PRECONDITION_FAILED, "the order has changed; read it again")


@app.exception_handler(SecretError)
async def secret_unusable(_: Request, error: Exception) -> Response:
    """Tell an operator's mistake from an outage: missing, denied or empty."""
    return _problem(status.HTTP_500_INTERNAL_SERVER_ERROR, str(error))


@app.exception_handler(sidecar.SidecarError)
async def sidecar_failed(_: Request, error: Exception) -> Response:
    """Answer 503: Dapr did not do its part, so neither did this app."""
    logs.logger.warning("%s", error)
    return _problem(
        status.HTTP_503_SERVICE_UNAVAILABLE, "the sidecar or what is behind it failed; nothing is certain, try again"
    )


@app.exception_handler(RequestValidationError)
async def invalid_request(_: Request, error: RequestValidationError) -> Response:
    """Name what is wrong without repeating the input, which may hold what JSON cannot express."""
    return _problem(status.HTTP_422_UNPROCESSABLE_CONTENT, [problem["msg"] for problem in error.errors()])
