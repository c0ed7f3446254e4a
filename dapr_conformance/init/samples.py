"""Requests that stand in a project's `.http` files, as editors (VS Code, JetBrains, Visual Studio) send them.

A request begins with a method and a URL, has headers until an empty line and then its body; `###` divides requests,
`@name = value` makes a variable, `{{name}}` uses it. What cannot be understood is left out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ENDINGS = (".http", ".rest")
_FOREIGN = {"node_modules", "venv", "vendor", "target", "bin", "obj", "dist", "build"}
_LARGEST = 256 * 1024
_MOST = 50
_REQUEST = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+(\S+)(\s+HTTP/[\d.]+)?\s*")
_VARIABLE = re.compile(r"@([\w.-]+)\s*=\s*(.*)")
_USE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_PUBLISH = re.compile(r"/v1\.0/publish/([^/?]+)/([^?]+)")
_INVOKE = re.compile(r"/v1\.0/invoke/([^/?]+)/method(/.*)")


@dataclass(frozen=True)
class Sample:
    """One request: `path` with its query; `body` is JSON where it is some; `origin` is file and line."""

    method: str
    path: str
    body: Any
    origin: str

    @property
    def published(self) -> tuple[str, str] | None:
        """Give pub/sub component and topic, if it publishes."""
        found = _PUBLISH.fullmatch(self.path.partition("?")[0])
        return (found.group(1), found.group(2)) if found else None

    def to_app(self, app_id: str) -> str | None:
        """Give the path of the app that it calls, itself or through a sidecar; None where it calls another."""
        found = _INVOKE.fullmatch(self.path)
        if found:
            return found.group(2) if found.group(1) == app_id else None
        return None if self.path.startswith("/v1.0") else self.path


def of_project(folder: Path) -> list[Sample]:
    """Give the requests in the `.http` and `.rest` files of a project, of at most 50 files."""
    files = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _FOREIGN and not name.startswith("."))
        files += [Path(root) / name for name in sorted(names) if name.endswith(_ENDINGS)]
    return [sample for file in files[:_MOST] for sample in of_file(file, folder)]


def of_file(file: Path, folder: Path) -> list[Sample]:
    """Give the requests of one file; its name is shown relative to `folder`."""
    try:
        text = file.read_bytes()[:_LARGEST].decode("utf-8-sig", "replace")
    except OSError:
        return []
    lines = text.splitlines()
    found = [_VARIABLE.fullmatch(line.strip()) for line in lines]
    variables = {each.group(1): each.group(2) for each in found if each}
    return list(_requests(lines, variables, str(file.relative_to(folder))))


def _requests(lines: list[str], variables: dict[str, str], name: str) -> Iterator[Sample]:
    for number, line in enumerate(lines):
        found = _REQUEST.fullmatch(line.strip())
        if found is None:
            continue
        rest = _until_next(lines[number + 1 :])
        gap = next((at for at, each in enumerate(rest) if not each.strip()), len(rest))
        url, body = (_filled(text, variables) for text in (found.group(2), "\n".join(rest[gap:]).strip()))
        path = _path(url)
        if path.startswith("/") and "{{" not in path:
            yield Sample(found.group(1), path, _json(body), f"{name}:{number + 1}")


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _until_next(lines: list[str]) -> list[str]:
    end = next((at for at, each in enumerate(lines) if each.startswith("###")), len(lines))
    return [line for line in lines[:end] if not line.startswith(("#", "//", "> "))]


def _filled(text: str, variables: dict[str, str]) -> str:
    for _ in range(5):  # a variable may use others
        text = _USE.sub(lambda found: variables.get(found.group(1), found.group(0)), text)
    return text


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
