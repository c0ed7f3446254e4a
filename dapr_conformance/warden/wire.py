"""The values of `protocol.py` as they travel on the control socket: one JSON object a line."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dapr_conformance import errors
from dapr_conformance.errors import ConformanceError, HarnessError
from dapr_conformance.warden.protocol import Holder, Injection, Isolation, Match, ProcessSpec, RecorderSpec, Rule

LINE_LIMIT = 256 * 1024 * 1024


def line(value: Mapping[str, Any]) -> bytes:
    """Give the line for a value."""
    return json.dumps(value).encode() + b"\n"


def isolation(row: Mapping[str, Any]) -> Isolation:
    """Rebuild what came of the ports that the apps insist on."""
    return Isolation(**{**row, "taken": Holder(**row["taken"]) if row["taken"] else None})


def process_spec(row: Mapping[str, Any]) -> ProcessSpec:
    """Rebuild a process to start."""
    return ProcessSpec(**{**row, "argv": tuple(row["argv"]), "release_ports": tuple(row["release_ports"])})


def recorder_spec(row: Mapping[str, Any]) -> RecorderSpec:
    """Rebuild a recorder to open."""
    return RecorderSpec(**row)


def match(row: Mapping[str, Any] | None) -> Match:
    """Rebuild a match; None matches everything."""
    values = dict(row or {})
    if values.get("header") is not None:
        values["header"] = _pair(values["header"])
    return Match(**values)


def rule(row: Mapping[str, Any]) -> Rule:
    """Rebuild a rule."""
    values = {**row, "match": match(row["match"]), "remove_headers": tuple(row["remove_headers"])}
    for name in ("headers", "set_headers", "replace"):
        values[name] = tuple(_pair(pair) for pair in row[name])
    return Rule(**values)


def injection(row: Mapping[str, Any]) -> Injection:
    """Rebuild a request to inject."""
    headers = tuple(_pair(pair) for pair in row["headers"])
    return Injection(**{**row, "headers": headers, "body": base64.b64decode(row["body"])})


def _pair(pair: list[str]) -> tuple[str, str]:
    name, value = pair
    return name, value


def plain(values: Any) -> Any:
    """Give the JSON form of a state, a log line or counts."""
    return asdict(values)


def error_row(error: ConformanceError) -> dict[str, Any]:
    """Give the JSON form of an error for a person."""
    return {
        "kind": type(error).__name__,
        "problem": error.problem,
        "allowed": list(error.allowed),
        "advice": error.advice,
    }


def error(row: Mapping[str, Any]) -> ConformanceError:
    """Rebuild an error for a person."""
    kind = getattr(errors, row["kind"], HarnessError)
    found: ConformanceError = kind(row["problem"], allowed=row["allowed"], advice=row["advice"])
    return found
