"""What a check demands, in words: for `dapr-conformance explain` and for the reference pages."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from dapr_conformance import content
from dapr_conformance.errors import UsageError
from dapr_conformance.requirement import Requirement, requirement_of


def checks(wanted: str) -> list[tuple[str, Any]]:
    """Give (path without `.py`, function) of the checks that a word means.

    Args:
        wanted: a property's number, or a part of a check's id, title or building block; empty for all.

    Raises:
        UsageError: it means none; says the properties that there are.

    """
    every = list(content.all_checks())
    found = [(stem, function) for stem, function in every if _means(wanted, stem, _demand(function))]
    if not found:
        known = {demand.number: demand.title for demand in (_demand(function) for _, function in every)}
        allowed = [f"{number} ({title})" for number, title in sorted(known.items(), key=str)]
        raise UsageError(f"no check is called {wanted!r}", allowed=allowed, advice="give a number or a part of a title")
    return found


def _means(wanted: str, stem: str, demand: Requirement) -> bool:
    if wanted.isdigit():
        return demand.number == int(wanted)
    names = (f"{stem}[{demand.vantage}]", demand.title, demand.block)
    return any(wanted.lower() in name.lower() for name in names)


def _demand(function: Any) -> Requirement:
    demand = requirement_of(function)
    assert demand is not None
    return demand


def lines(stem: str, function: Any) -> Iterator[str]:
    """Give one check as Markdown, which is as easily read in a terminal."""
    demand = _demand(function)
    number = f"property {demand.number}, " if demand.number else ""
    yield from (f"## {stem}[{demand.vantage}]", "")
    yield from (f"{demand.title} ({number}{demand.level.upper()}). {demand.sentence}", "")
    yield from (f"How: {inspect.getdoc(function)}", "")
    yield from (f"Source: {demand.source}", "")
    if demand.needs:
        yield from (f"Needs: a component of {', '.join(demand.needs)}.", "")
    yield from ("Proven to catch:", "", *(f"- {fault.name}" for fault in demand.broken_by), "")
