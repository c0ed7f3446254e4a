"""An app that looks for its sidecar on Dapr's default ports: what its words show of that, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dapr_conformance.target.model import App

_KEYS = {"3500": "daprHTTPPort", "50001": "daprGRPCPort"}
# As Go, Node, .NET and gRPC write an address that they cannot reach, and as Python's urllib3 does.
_CALL = re.compile(r"(?:(?:localhost|127\.0\.0\.1|::1\]?):|port=)(3500|50001)\b")


def advice(app: App, words: Iterable[str]) -> str:
    """Say how an app gets its sidecar on a default port that it speaks of; nothing where it does not or has it there.

    Args:
        app: what the run file declares.
        words: lines of the app's output.

    """
    spoken = {found for line in words for found in _CALL.findall(line)}
    ports = sorted(port for port in spoken if int(port) not in app.literal_ports)
    if not ports:
        return ""
    keys = " and ".join(f"`{_KEYS[port]}: {port}`" for port in ports)
    said = f"its log speaks of port {' and '.join(ports)}"
    return f"{said}: where the app has that in its code, declare {keys} for it in the run file"
