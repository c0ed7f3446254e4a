"""The results, arranged in the order in which a reader wants them; the template only writes them down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dapr_conformance.reporting.caveats import caveats
from dapr_conformance.reporting.coverage import PROPERTIES, app_side, not_tested
from dapr_conformance.reporting.headline import ORDER, counts, headline
from dapr_conformance.reporting.matrix import matrix
from dapr_conformance.reporting.quantities import moment

ROWS = 500  # of one table

_SECTIONS = (
    ("failures", "Failures", ("failed", "flaky")),
    ("unknown", "Without a verdict", ("blocked", "inconclusive")),
    ("warnings", "Warnings", ("warned",)),
)

MEANING = {
    "failed": "The requirement is not kept, and the finding was repeated.",
    "flaky": "The requirement was not kept, but not every time: k of n runs. Counts as a failure.",
    "blocked": "The environment stopped the check: an outside kill, a port taken, a full disk.",
    "inconclusive": "The check asked, but what it waits for never happened, or it could not look. Not a pass.",
    "warned": "A SHOULD is not kept, or a component or the runtime itself differs from what Dapr documents.",
    "passed": "Every example kept the requirement.",
    "unsupported": "Nothing of the kind is offered or declared, so nothing was asked. Neither failed nor passed.",
}

FAULT_OF = {
    "app": "The control app, in the app's place with all of its files, keeps the requirement.",
    "config": "The files beside the app break it: with default files the control app keeps it.",
    "component": "Only default components keep it.",
    "runtime": "Dapr itself breaks it, with everything at its default.",
    "environment": "Something outside interfered: a kill, memory, a disk, a port.",
}


def view(results: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the template shows; `sections` hold the findings as rows."""
    rows = _with_anchors(results["checks"])
    return {
        "run": {**_told(results["run"]), "started": moment(results["run"]["started"])},
        "target": {**_told(results["target"]), "app_id": results["target"]["app_id"] or "the app"},
        "headline": headline(results),
        "counts": counts(results),
        "caveats": caveats(results),
        "matrix": matrix(rows),
        "sections": _sections(rows),
        "passed": _table(row for row in rows if row["verdict"] == "passed"),
        "not_tested": _table(_untested(results, rows)),
        "app_side": app_side(results),
        "properties": PROPERTIES,
        "environments": results["environments"],
        "runtimes": _runtimes(results["environments"]),
        "meaning": {verdict: MEANING[verdict] for verdict in ORDER},
        "fault_of": FAULT_OF,
        "blocks_named": {"pubsub": "Pub/sub"},
        "sides": {"sidecar": "sidecar's side", "app": "app's side", "system": "the environment itself"},
    }


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    numbers = ("duration_s", "exit_status")
    return {name: "unknown" if value is None and name not in numbers else value for name, value in facts.items()}


def _with_anchors(checks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give each check a fragment of its own, made from its id."""
    taken: dict[str, int] = {}
    rows = []
    for check in checks:
        slug = re.sub(r"[^A-Za-z0-9_]+", "-", str(check["id"])).strip("-")
        taken[slug] = taken.get(slug, 0) + 1
        rows.append({**check, "anchor": slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"})
    return rows


def _untested(results: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Give what was not tested, with the fragment of its check where there is one."""
    anchor_of = {row["id"]: row["anchor"] for row in rows if row["verdict"] == "unsupported"}
    return [{**row, "anchor": anchor_of.get(row["id"], "")} for row in not_tested(results)]


def _sections(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sections = []
    for name, title, verdicts in _SECTIONS:
        # MUST before SHOULD, else in the order of the run
        found = sorted((row for row in rows if row["verdict"] in verdicts), key=_gravity)
        if found:
            sections.append({"id": name, "title": title, "rows": found})
    return sections


def _gravity(row: Mapping[str, Any]) -> tuple[int, bool]:
    return ORDER.index(row["verdict"]), row["level"] != "must"


def _table(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    known = list(rows)
    return {"rows": known[:ROWS], "more": max(0, len(known) - ROWS)}


def _runtimes(environments: Iterable[Mapping[str, Any]]) -> str:
    versions = dict.fromkeys(str(environment["runtime_version"] or "unknown") for environment in environments)
    return ", ".join(versions) or "none started"
