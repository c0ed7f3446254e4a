"""Health and metrics. Liveness is about this process alone; readiness is about what it needs to do its work."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app import sidecar, state

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the process is alive. It does not ask the sidecar: a restart of this app would not mend that."""
    return {"status": "alive"}


@router.get("/readyz")
def readyz() -> dict[str, str]:
    """Tell whether orders can be served now: the sidecar's outbound health, and a read from the state store.

    Not `/v1.0/healthz`: that one waits for this app.
    """
    sidecar.check(sidecar.request("GET", "/healthz/outbound"))
    state.get("readiness")
    return {"status": "ready"}


@router.get("/metrics")
async def metrics() -> Response:
    """Give the metrics in the Prometheus text format."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
