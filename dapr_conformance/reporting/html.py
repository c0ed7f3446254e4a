"""`index.html`: one file without a script and without a single request to anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dapr_conformance import bundle
from dapr_conformance.reporting import quantities
from dapr_conformance.reporting.printable import HIDDEN, Excerpt, escaped, excerpt
from dapr_conformance.reporting.view import view

LARGEST = 10_000_000  # bytes; a browser opens that much plain HTML in well under a second
_CODE = re.compile("`([^`\n]+)`")
_FINDINGS = (200, 50, 10, 1)


def page(results: Mapping[str, Any]) -> str:
    """Give the page for a (masked) results mapping; the same mapping gives the same text.

    Findings beyond 200 are counted, not shown; fewer are shown where the page would exceed 10 MB.
    """
    template = _environment().get_template("report.html.j2")
    for shown in _FINDINGS:
        text = template.render(view(results, shown))
        if len(text.encode()) <= LARGEST:
            break
    return text


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(bundle.folder("reports")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "safe_text": safe_text,
        "prose": prose,
        "capital": _capital,
        "excerpt": _excerpt,
        "seconds": quantities.seconds,
        "milliseconds": quantities.milliseconds,
        "number": quantities.number,
        "size": quantities.size,
    }
    return environment


def safe_text(text: Any) -> Markup:
    """Escape for HTML and mark every hidden character as what it is."""
    plain = str(escape(str(text)))  # a plain str again: what re.sub puts into a Markup would be escaped too
    marked = HIDDEN.sub(lambda found: f'<span class="hidden">{escaped(found[0])}</span>', plain)
    return Markup(marked)  # noqa: S704 - escaped above, before the marks were put in


def prose(text: Any) -> Markup:
    """Do as `safe_text`, cut to its two ends, with what stands in backticks as code."""
    cut = _excerpt(text)
    whole = f"{cut.head} … {cut.omitted:,} characters left out … {cut.tail}" if cut.omitted else cut.head
    return Markup(_CODE.sub(r"<code>\1</code>", str(safe_text(whole))))  # noqa: S704 - escaped by safe_text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _excerpt(text: Any) -> Excerpt:
    return excerpt(str(text))
