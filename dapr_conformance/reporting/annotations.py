"""Findings as lines that a CI system shows at a file's line, in the form of the system that runs us.

Sources: GitHub's "Workflow commands" and Azure Pipelines' "Logging commands".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dapr_conformance.reporting.printable import printable
from dapr_conformance.verdict import Verdict, breaks_run

# GitHub and Azure name their escapes differently; both take one line and their own separators escaped.
_GITHUB = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_AZURE = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}


def told_to_ci(results: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Give one line for each finding; none outside of the CI systems that are known.

    Args:
        results: the mapping of `results.json`, masked.
        environment: the environment variables, which tell the CI system.

    """
    line = _github if environment.get("GITHUB_ACTIONS") == "true" else _azure if environment.get("TF_BUILD") else None
    if line is None:
        return []
    root = environment.get("GITHUB_WORKSPACE") or environment.get("BUILD_SOURCESDIRECTORY") or "/"
    strict = bool(results["run"].get("strict"))
    return [line(_level(row, strict=strict), row, _place(row, root)) for row in results["checks"] if _is_finding(row)]


def _is_finding(row: Mapping[str, Any]) -> bool:
    return row["verdict"] in (Verdict.FAILED.value, Verdict.FLAKY.value, Verdict.WARNED.value)


def _level(row: Mapping[str, Any], *, strict: bool) -> str:
    known = bool(row.get("known"))
    wrong = breaks_run(row["verdict"], row["level"], row["attribution"], known=known, strict=strict)
    return "error" if wrong else "warning"


def _place(row: Mapping[str, Any], root: str) -> tuple[str, int] | None:
    """Give file and line, relative to the checkout; a finding about behaviour has none."""
    where = row["location"]
    if where is None:
        return None
    file = Path(where["file"])
    return os.path.relpath(file, root) if file.is_relative_to(root) else str(file), where["line"]


def _message(row: Mapping[str, Any]) -> str:
    told = [f"{row['id']}: expected {row['expected']}; actual {row['actual'] or row['reason']}"]
    return printable("\n".join([*told, *(["repeat: " + row["reproduce"]["command"]] if row["reproduce"] else [])]))


def _github(level: str, row: Mapping[str, Any], place: tuple[str, int] | None) -> str:
    at = f"file={_github_value(place[0])},line={place[1]}," if place else ""
    return f"::{level} {at}title={_github_value(row['title'])}::{_escaped(_message(row), _GITHUB)}"


def _github_value(text: str) -> str:
    return _escaped(printable(text), {**_GITHUB, ":": "%3A", ",": "%2C"})


def _azure(level: str, row: Mapping[str, Any], place: tuple[str, int] | None) -> str:
    at = f"sourcepath={_azure_value(place[0])};linenumber={place[1]};" if place else ""
    return f"##vso[task.logissue type={level};{at}]{_escaped(_message(row), _AZURE)}"


def _azure_value(text: str) -> str:
    return _escaped(printable(text), {**_AZURE, ";": "%3B", "]": "%5D"})


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
