"""Dapr's container image, which holds the programs in its root folder: pulled, and the files copied out of it.

Nothing of it is run: a container is made, never started, read and removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import child
from dapr_conformance.runtime.model import PROGRAMS
from dapr_conformance.runtime.order import Order
from dapr_conformance.runtime.program_file import architecture
from dapr_conformance.runtime.progress import steady

VARIABLE = "DAPR_CONFORMANCE_IMAGE"
_IMAGE = "daprio/dapr"
_ANSWER = 5.0  # seconds for a daemon to say that it is there; one over a network may be gone
_COPY = 120.0  # seconds for making a container or copying one program of 200 MB
_PULL = 900.0  # seconds; the build, which needs ten minutes, comes after it


def name_of(version: str) -> str:
    """Give the image's name: of the repository in $DAPR_CONFORMANCE_IMAGE, else of Dapr's own."""
    return f"{os.environ.get(VARIABLE) or _IMAGE}:{version}"


def source(version: str) -> str:
    """Name the image of a version."""
    return f"container image {name_of(version)}"


def fetch(order: Order) -> Path:
    """Copy the four programs out of the image and give their folder; pull the image if the daemon does not have it.

    Raises:
        RuntimeUnavailableError: there is no docker command, no daemon answers, or the image cannot be had.
        OSError: a file cannot be written.

    """
    docker = _Docker(order)
    docker.run("no Docker daemon answers", _ANSWER, "version", "--format", "{{.Server.Version}}")
    image = name_of(order.version)
    platform = f"--platform=linux/{architecture()}"
    if not docker.succeeds("image", "inspect", "--format={{.Id}}", image):
        docker.run(f"{image} cannot be pulled", _PULL, "pull", platform, image)
    order.programs.mkdir()
    with _container(docker, platform, image) as container:
        for program in PROGRAMS:
            target = order.programs / program
            docker.run(f"{image} holds no /{program}", _COPY, "cp", f"{container}:/{program}", str(target))
            target.chmod(0o755)
    return order.programs


@contextmanager
def _container(docker: _Docker, platform: str, image: str) -> Iterator[str]:
    # One name for each machine and cache: what a killed process left behind is removed before the name is used again.
    owner = f"{socket.gethostname()}:{docker.order.cache.runtimes}:{image}"
    name = f"dapr-conformance-{hashlib.sha256(owner.encode()).hexdigest()[:16]}"
    docker.succeeds("rm", "--force", name)
    docker.run(f"no container can be made of {image}", _COPY, "create", platform, f"--name={name}", image, "/daprd")
    try:
        yield name
    finally:
        docker.succeeds("rm", "--force", name)


class _Docker:
    """The `docker` command, each call with a deadline and in the log."""

    def __init__(self, order: Order) -> None:
        found = shutil.which("docker")
        if found is None:
            raise RuntimeUnavailableError("there is no docker on PATH")
        self._program = found
        self.order = order

    def run(self, failed: str, seconds: float, *arguments: str) -> None:
        """Run a subcommand; `failed` is the sentence for its failure."""
        finished = self._run(seconds, failed, arguments)
        if finished.exit_code:
            raise RuntimeUnavailableError(f"{failed}: {' '.join(finished.last_lines[-1:]) or 'docker says nothing'}")

    def succeeds(self, *arguments: str) -> bool:
        """Tell whether a subcommand ends well."""
        return self._run(_COPY, f"docker {arguments[0]} does not end", arguments).exit_code == 0

    def _run(self, seconds: float, failed: str, arguments: tuple[str, ...]) -> child.Finished:
        look = self._look(seconds, failed, " ".join(arguments[:1]))
        argv = [self._program, *arguments]
        return child.run(argv, env=os.environ, cwd=self.order.place, log=self.order.log, look=look)

    def _look(self, seconds: float, failed: str, what: str) -> Callable[[str], None]:
        progress = steady(self.order.report, f"docker {what}")
        until = time.monotonic() + seconds

        def look(_line: str) -> None:
            if time.monotonic() > until:
                raise RuntimeUnavailableError(f"{failed}: docker {what} did not end within {seconds:.0f} s")
            progress.look()

        return look
