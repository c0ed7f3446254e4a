"""Copies of the example apps in a user's repo, each on a port of its own, judged there as a person would judge them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dapr_conformance.runtime.cache import default_root

EXAMPLES = Path(__file__).parents[3] / "examples"
APP_IDS = {
    "orders": "orders",
    "orders_grpc": "orders-grpc",
    "orders_node": "orders-node",
    "orders_go": "orders-go",
    "orders_import": "orders-import",
}


@pytest.fixture
def copied(repo):
    """Give a function that copies an example into the repo, with the apps that it calls, and gives the copy."""

    def copy(name: str) -> Path:
        needs = {"orders_go": _need_go, "orders_node": _need_node, "orders_import": _need_node}
        needs.get(name, _need_nothing)()
        for each in {name, *(["orders_node"] if name == "orders_import" else [])}:
            _copy(each, repo.folder / each)
        return repo.folder / name

    return copy


@pytest.fixture
def judge(repo) -> Callable[..., object]:
    """Give a function that judges a copied example on few generated inputs."""

    def run(folder: Path, *args: str):
        target = (f"--dapr-target={APP_IDS[folder.name]}", f"--dapr-run-file={folder.name}/dapr.yaml")
        return repo.run(*target, "--dapr-examples=10", *args, PATH=_path())

    return run


def _copy(name: str, folder: Path) -> None:
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "dapr-report"))
    run_file = folder / "dapr.yaml"
    text = run_file.read_text()
    for port in re.findall(r"appPort: (\d+)", text):
        with socket.create_server(("127.0.0.1", 0)) as free:
            text = text.replace(port, str(free.getsockname()[1]))
    run_file.write_text(text)


def _path() -> str:
    """Give a PATH with this Python first and, last, the Go that the runtime's build may have fetched."""
    fetched = sorted((default_root() / "go").glob("toolchain-*/go/bin"), reverse=True)
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], *map(str, fetched)])


def _need_nothing() -> None:
    pytest.importorskip("dapr")
    pytest.importorskip("fastapi")


def _need_node() -> None:
    if not shutil.which("node"):
        pytest.skip("needs Node.js on PATH")


def _need_go() -> None:
    go = shutil.which("go", path=_path())
    if not go:
        pytest.skip("needs Go on PATH, or the Go that `dapr-conformance runtime install` keeps when it builds Dapr")
    # Compiles the standard library, once for all tests: on a busy machine a cold `go run` takes a minute to listen.
    local = {"GOTOOLCHAIN": "local", "GOPROXY": "off"}
    command = [go, "build", "-o", os.devnull, "."]
    subprocess.run(command, cwd=EXAMPLES / "orders_go", env=os.environ | local, check=True)
