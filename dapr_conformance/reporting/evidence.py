"""The evidence of one check, sorted by kind and cut to a size that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dapr_conformance.reporting import curl
from dapr_conformance.reporting.printable import body_bytes, body_text, excerpt

EXCHANGES = 8
LOG_LINES = 200
LOG_LINE = 2000  # characters
PIECES = 20  # of each other kind

SIDES = {"inbound": "daprd → app", "outbound": "app → daprd", "harness": "from the harness"}


def evidence(pieces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give `examples`, `exchanges`, `logs`, `rungs` and `notes`, ready to be written down, and `more` exchanges."""
    known = list(pieces)
    exchanges = _of(known, "exchange")
    return {
        "examples": [{"title": p["title"], "text": str(p["data"]["text"])} for p in _of(known, "example")],
        "exchanges": [_exchange(piece, _first_ms(exchanges)) for piece in exchanges[:EXCHANGES]],
        "more": max(0, len(exchanges) - EXCHANGES),
        "logs": [_log(piece) for piece in _of(known, "log")],
        "rungs": [rung for piece in _of(known, "ladder") for rung in piece["data"]["rungs"]],
        "notes": [{"title": p["title"], "text": str(p["data"]["text"])} for p in _of(known, "note")],
    }


def _of(pieces: list[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    found = [piece for piece in pieces if piece["kind"] == kind]
    return found if kind == "exchange" else found[:PIECES]


def _first_ms(exchanges: list[Mapping[str, Any]]) -> float:
    """Give the start of the earliest exchange: `started_ms` counts from no moment that a reader knows."""
    known = (piece["data"].get("started_ms") for piece in exchanges)
    return min((started for started in known if started is not None), default=0.0)


def _exchange(piece: Mapping[str, Any], first_ms: float) -> dict[str, Any]:
    data = piece["data"]
    started = data.get("started_ms")
    side = str(data.get("side") or "")
    return {
        "title": piece["title"],
        "way": SIDES.get(side, side),
        "note": str(data.get("note") or ""),
        "offset_ms": None if started is None else started - first_ms,
        "duration_ms": data.get("duration_ms"),
        "request": _message(data["request"]),
        "response": _message(data["response"]) if data.get("response") else None,
        "curl": curl.line(data),
    }


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    body = message.get("body")
    length = message.get("length")
    return {
        "method": message.get("method"),
        "target": message.get("target"),
        "status": message.get("status"),
        "fields": excerpt("\n".join(f"{name}: {value}" for name, value in curl.header_pairs(message.get("headers")))),
        "body": excerpt(body_text(body), len(body_bytes(body)) if length is None else int(length)),
        "sha256": message.get("sha256"),
    }


def _log(piece: Mapping[str, Any]) -> dict[str, Any]:
    lines = [str(line) for line in piece["data"]["lines"]]
    shown = lines[-LOG_LINES:]
    cut = [line if len(line) <= LOG_LINE else f"{line[:LOG_LINE]} … {len(line):,} characters" for line in shown]
    title = piece["title"] or piece["data"]["process"]
    return {"title": title, "text": "\n".join(cut), "lines": len(shown), "more": len(lines) - len(shown)}
