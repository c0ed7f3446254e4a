"""Copies of the example apps in a user's repo, each on a port of its own, judged there as a person would judge them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
APP_IDS = {
    "orders": "orders",
    "orders_grpc": "orders-grpc",
    "orders_node": "orders-node",
    "orders_go": "orders-go",
    "orders_import": "orders-import",
}


@pytest.fixture
def copied(repo, request) -> Callable[[str], Path]:
    """Give a function that copies an example into the repo, with the apps that it calls, and gives the copy."""

    def copy(name: str) -> Path:
        if name == "orders_go":
            request.getfixturevalue("orders_go")
        elif name in ("orders_node", "orders_import"):
            _need_node()
        else:
            _need_packages()
        for each in {name, *(["orders_node"] if name == "orders_import" else [])}:
            _copy(each, repo.folder / each)
        return repo.folder / name

    return copy


@pytest.fixture
def judge(repo, path_with_go) -> Callable[..., object]:
    """Give a function that judges a copied example on few generated inputs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{path_with_go}"

    def run(folder: Path, *args: str):
        target = (f"--dapr-target={APP_IDS[folder.name]}", f"--dapr-run-file={folder.name}/dapr.yaml")
        return repo.run(*target, "--dapr-examples=10", *args, PATH=path)

    return run


def _copy(name: str, folder: Path) -> None:
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "dapr-report"))
    run_file = folder / "dapr.yaml"
    text = run_file.read_text()
    for port in re.findall(r"appPort: (\d+)", text):
        with socket.create_server(("127.0.0.1", 0)) as free:
            text = text.replace(port, str(free.getsockname()[1]))
    run_file.write_text(text)


def _need_packages() -> None:
    pytest.importorskip("dapr")
    pytest.importorskip("fastapi")


def _need_node() -> None:
    if not shutil.which("node"):
        pytest.skip("needs Node.js on PATH")
