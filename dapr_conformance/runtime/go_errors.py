"""What went wrong when `go` failed, in words that help: recognised by what Go prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.versions import DEFAULT

# (what Go prints, what it means, what to do); the first row that is found counts.
_CAUSES = (
    (
        r"no space left on device",
        "the disk is full",
        "Free some space; the next run goes on where this one stopped.",
    ),
    (
        r"disabled by GOPROXY=off",
        "GOPROXY=off forbids to download modules",
        "Unset GOPROXY or name a module proxy in it.",
    ),
    (
        r"dial tcp|no such host|connection refused|i/o timeout|network is unreachable|TLS handshake|proxyconnect|x509:",
        "the Go module proxy cannot be reached",
        "Check the network, HTTPS_PROXY and GOPROXY (`go env GOPROXY`); the next run goes on where this one stopped.",
    ),
    (
        r"40[034] |410 Gone|unknown revision|invalid version|no matching versions",
        "the module or one of its dependencies is not served",
        f"Take a version that is known to build ({DEFAULT}), or get this one's programs and use --dapr-runtime-path.",
    ),
)
_OTHER = ("go failed", "Read the log; if it is no fault of this machine, please report it with the log.")


def build_error(version: str, lines: Sequence[str], log: Path) -> RuntimeUnavailableError:
    """Give the error for a failed `go` command: its cause, the last lines of the output and the log's path."""
    text = "\n".join(lines)
    cause, advice = next(((cause, advice) for form, cause, advice in _CAUSES if re.search(form, text)), _OTHER)
    shown = "\n".join(f"  {line.strip()}" for line in lines)
    return RuntimeUnavailableError(f"Dapr {version} cannot be built: {cause}.\n{shown}\nlog: {log}", advice=advice)
