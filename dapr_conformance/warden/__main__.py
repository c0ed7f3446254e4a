"""`python -m dapr_conformance.warden`: the child process that `Warden.launch` starts; nobody else calls it."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import socket
import sys
from pathlib import Path

from dapr_conformance.warden import claims
from dapr_conformance.warden.child import Inherited
from dapr_conformance.warden.server import Server, Start
from dapr_conformance.warden.subreaper import set_subreaper


def main() -> int:
    """Run a warden as the one argument, a JSON object, says."""
    args = json.loads(sys.argv[1])
    inherited = Inherited(
        umask=os.umask(0o077),  # what the run's folder holds is the user's alone
        open_files=_allow_many_connections(),
    )
    set_subreaper(True)
    ports, isolation = claims.settle(args["ports"], isolate=args["isolate"])
    os.chdir(args["run_dir"])  # so that the path of the socket is short enough for any folder
    start = Start(
        run_dir=Path(args["run_dir"]),
        run_id=args["run_id"],
        control=socket.socket(fileno=args["control"]),
        pytest=args["pytest"],
        inherited=inherited,
        import_path=args["import_path"],
        temporary=args["temporary"],
        ports=ports,
        isolation=isolation,
    )
    gc.collect()
    gc.freeze()  # what stays for ever need not be looked at again while exchanges are timed
    return asyncio.run(_run(start))


def _allow_many_connections() -> tuple[int, int]:
    """Raise the limit of open files as far as we may; returns what it was."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    return before


async def _run(start: Start) -> int:
    return await Server(start).run()


if __name__ == "__main__":
    sys.exit(main())
