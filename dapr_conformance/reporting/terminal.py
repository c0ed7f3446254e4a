"""The summary of a run and the story of one failure, as plain lines for a terminal, pytest and JUnit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dapr_conformance.reporting.caveats import caveats
from dapr_conformance.reporting.coverage import PROPERTIES, app_side
from dapr_conformance.reporting.curl import header_pairs
from dapr_conformance.reporting.evidence import SIDES
from dapr_conformance.reporting.headline import counts, headline
from dapr_conformance.reporting.printable import body_text, printable, shortened
from dapr_conformance.reporting.quantities import milliseconds, seconds

SHOWN = 10  # blocks and lines of each kind; the rest is in the report
LINE = 160
_LOG_TAIL = 8


def summary(results: Mapping[str, Any], report: Path | None = None) -> list[str]:
    """Give the lines that end a run, to be read in five seconds: verdict, failures, what is missing, the report.

    Args:
        results: the mapping of `results.json`, masked.
        report: the page that was written, named in the last line.

    """
    lines = [*_verdict(results), *(f"  {shortened(text, LINE)}" for text in caveats(results)), ""]
    for block in _findings(results["checks"]):
        lines += [*block, ""]
    lines += _app_side(results)
    return [*lines, f"report: {report}"] if report else lines


def failure(check: Mapping[str, Any]) -> list[str]:
    """Give one finding whole: requirement, expected, actual, example, exchange, log lines, fault, repeat command."""
    lines = [*_story(check)]
    for piece in check["evidence"]:
        lines += _EVIDENCE[piece["kind"]](piece)
    return [*lines, *_fault(check), *_repeat(check)]


def _verdict(results: Mapping[str, Any]) -> list[str]:
    told = headline(results)
    found = ", ".join(f"{number} {verdict}" for verdict, number in counts(results).items()) or "no checks"
    status = results["run"]["exit_status"]
    ended = f"exit status {'none' if status is None else status}, {seconds(results['run']['duration_s'])}"
    app_id = printable(str(results["target"]["app_id"] or "the app"))
    return [f"{told.word}  {app_id} {told.predicate}: {told.reason} ({ended})", f"  {found}"]


def _findings(rows: list[Mapping[str, Any]]) -> Iterator[list[str]]:
    failures = [row for row in rows if row["verdict"] in ("failed", "flaky") and not row.get("known")]
    known = [f"KNOWN {_one_line(row)}" for row in rows if row.get("known")]
    for row in failures[:SHOWN]:
        name = f"{row['verdict'].upper()} {printable(row['id'])}"
        yield [name, *_indented([*_story(row), *_fault(row), *_repeat(row)])]
    if known:
        yield known[:SHOWN]
    others = [row for verdict in ("blocked", "inconclusive", "warned") for row in rows if row["verdict"] == verdict]
    if others:
        yield [_one_line(row) for row in others[:SHOWN]]
    more = sum(max(0, len(kind) - SHOWN) for kind in (failures, known, others))
    if more:
        yield [f"{more} more in the report"]


def _one_line(row: Mapping[str, Any]) -> str:
    why = shortened(str(row["reason"] or row["actual"]), LINE)
    return f"{row['verdict'].upper()} {printable(row['id'])}: {why}"


def _story(check: Mapping[str, Any]) -> Iterator[str]:
    if check["location"]:
        yield f"at: {printable(str(check['location']['file']))}:{check['location'].get('line') or ''}".rstrip(":")
    source = f" ({check['source']})" if check.get("source") else ""
    yield from _field("requirement", f"{check.get('requirement') or check['title']}{source}")
    yield from _field("expected", check["expected"])
    yield from _field("actual", check["actual"])


def _fault(check: Mapping[str, Any]) -> Iterator[str]:
    reason = str(check["reason"])
    if check["attribution"]:
        yield from _field("attribution", f"{check['attribution']}: {reason}" if reason else check["attribution"])
    else:
        yield from _field("reason", reason)


def _repeat(check: Mapping[str, Any]) -> Iterator[str]:
    if check["reproduce"]:
        yield f"repeat: {printable(check['reproduce']['command'])}"


def _field(name: str, text: Any) -> Iterator[str]:
    if text:
        first, *rest = shortened(str(text), 4 * LINE).split("\n")
        yield f"{name}: {first}"
        yield from _indented(rest)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _text(piece: Mapping[str, Any]) -> list[str]:
    name = "minimal example" if piece["kind"] == "example" else printable(piece["title"])
    return [f"{name}:", *_indented(shortened(str(piece["data"]["text"]), 1000).split("\n"))]


def _log(piece: Mapping[str, Any]) -> list[str]:
    lines = [shortened(str(line), 4 * LINE) for line in piece["data"]["lines"][-_LOG_TAIL:]]
    return [f"log of {printable(piece['data']['process'])}:", *_indented(lines)]


def _ladder(piece: Mapping[str, Any]) -> list[str]:
    rungs = (f"{r['rung']} {r['changed']}: {r['verdict']} {r['detail']}".rstrip() for r in piece["data"]["rungs"])
    return ["run again with one change each:", *_indented([shortened(rung) for rung in rungs])]


def _exchange(piece: Mapping[str, Any]) -> list[str]:
    data = piece["data"]
    side = str(data.get("side") or "")
    took = data.get("duration_ms")
    when = ", ".join(part for part in (SIDES.get(side, side), milliseconds(took) if took is not None else "") if part)
    lines = [f"wire, {printable(piece['title'])}" + (f" ({when}):" if when else ":")]
    request, response = data["request"], data.get("response")
    lines += _message(">", f"{request['method']} {request['target']}", request)
    return lines + (_message("<", str(response["status"]), response) if response else ["  < no answer"])


def _message(mark: str, start: str, message: Mapping[str, Any]) -> list[str]:
    headers = [f"{name}: {value}" for name, value in header_pairs(message.get("headers"))]
    body = body_text(message.get("body"))
    return [f"  {mark} {shortened(text)}" for text in [start, *headers, *([body] if body else [])]]


_EVIDENCE = {"example": _text, "note": _text, "log": _log, "ladder": _ladder, "exchange": _exchange}


def _app_side(results: Mapping[str, Any]) -> list[str]:
    app = app_side(results)
    judged = f"judged {app.judged} of {PROPERTIES} on the app's side"
    if not app.lines:
        return [judged]
    these = "this line adds" if len(app.lines) == 1 else f"these {len(app.lines)} lines add"
    lines = [shortened(line, LINE) for line in app.lines[:SHOWN]]
    more = [f"{len(app.lines) - SHOWN} more in the report"] if len(app.lines) > SHOWN else []
    return [f"{judged}; {these} {app.added}:", *_indented([*lines, *more])]
