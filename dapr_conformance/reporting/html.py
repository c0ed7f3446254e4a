"""`index.html`: one file without a script and without a single request to anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dapr_conformance import bundle
from dapr_conformance.reporting import quantities
from dapr_conformance.reporting.evidence import evidence
from dapr_conformance.reporting.printable import HIDDEN, escaped, excerpt
from dapr_conformance.reporting.view import view

_CODE = re.compile("`([^`\n]+)`")
FINDINGS = 200  # of one section, shown in full
ROOM = 8_000_000  # bytes for findings; a browser opens a page of 10 MB in well under a second


def page(results: Mapping[str, Any]) -> str:
    """Give the page for a (masked, complete) results mapping; the same mapping gives the same text.

    Findings beyond 200 of a section or 8 MB in all are counted, not shown.
    """
    environment = _environment()
    shown = view(results)
    words = {name: shown[name] for name in ("sides", "meaning")}
    macros: Any = environment.get_template("finding.html.j2").make_module(words)
    sections = list(_sections(shown["sections"], macros.finding))
    return environment.get_template("report.html.j2").render({**shown, "sections": sections})


def _sections(sections: Iterable[Mapping[str, Any]], write: Callable[[Any, bool], str]) -> Iterator[dict[str, Any]]:
    """Write findings one by one for as long as there is room: what is not shown is not written either."""
    room = ROOM
    for section in sections:
        written = []
        for row in section["rows"][:FINDINGS]:
            text = write({**row, "proof": evidence(row["evidence"])}, section["id"] == "failures")
            room -= len(text.encode())
            if room < 0:
                break
            written.append(text)
        yield {**section, "findings": written, "more": len(section["rows"]) - len(written)}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(bundle.folder("reports")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "marked": marked,
        "safe_text": safe_text,
        "prose": prose,
        "capital": _capital,
        "excerpt": excerpt,
        "seconds": quantities.seconds,
        "milliseconds": quantities.milliseconds,
        "number": quantities.number,
        "size": quantities.size,
    }
    return environment


def marked(text: Any) -> Markup:
    """Escape the whole text for HTML and mark every hidden character as what it is."""
    plain = str(escape(str(text)))  # a plain str again: what re.sub puts into a Markup would be escaped too
    shown = HIDDEN.sub(lambda found: f'<span class="hidden">{escaped(found[0])}</span>', plain)
    return Markup(shown)  # noqa: S704 - escaped above, before the marks were put in


def safe_text(text: Any) -> Markup:
    """Do as `marked`, of a long text with its two ends."""
    cut = excerpt(str(text))
    return marked(f"{cut.head} … {cut.omitted:,} characters left out … {cut.tail}" if cut.omitted else cut.head)


def prose(text: Any) -> Markup:
    """Do as `safe_text`, with what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(safe_text(text))))  # noqa: S704 - escaped by safe_text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
