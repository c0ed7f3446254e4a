"""`python -m dapr_conformance.control SPEC.json`: run the control app on APP_PORT beside daprd on DAPR_HTTP_PORT."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dapr_conformance.control.dapr_http import Dapr
from dapr_conformance.control.faults import plant
from dapr_conformance.control.routes import Routes
from dapr_conformance.control.server import Server
from dapr_conformance.control.spec import ControlSpec
from dapr_conformance.errors import ConformanceError, UsageError


def main(argv: list[str]) -> None:
    """Serve until SIGTERM; `argv` holds the path of a JSON file as written by `ControlSpec.dumps`."""
    if len(argv) != 1:
        raise UsageError("The control app takes exactly one argument.", advice="give it the path of its spec.json")
    spec = ControlSpec.loads(Path(argv[0]).read_text(encoding="utf-8"))
    seams = plant(spec.faults)
    dapr = Dapr(_port("DAPR_HTTP_PORT"), seams, token=os.environ.get("DAPR_API_TOKEN"))
    Server(_port("APP_PORT"), Routes(spec, seams, dapr).answer).serve()


def _port(name: str) -> int:
    value = os.environ.get(name, "")
    if not value.isdigit():
        raise UsageError(f"{name} must be a port number, not {value!r}.", advice=f"set {name} for the control app")
    return int(value)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ConformanceError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_status)
