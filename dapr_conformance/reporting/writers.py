"""Write the reports of a run into one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dapr_conformance.errors import BlockedError, HarnessError
from dapr_conformance.reporting import html, results_json
from dapr_conformance.reporting.masking import masked


def write_all(results: Mapping[str, Any], folder: Path, secrets: Sequence[str] = ()) -> Path:
    """Mask the results, then write `results.json` and `index.html`, each beside its place and then renamed.

    Args:
        results: the mapping of `results.json`; not changed.
        folder: where the reports go; made if missing.
        secrets: values that no report may show.

    Returns:
        The path of `index.html`.

    Raises:
        BlockedError: the folder cannot be written.
        HarnessError: the page could not be made; `results.json` is there, a page of an earlier run is not.

    """
    safe = masked(results_json.complete(results), secrets)
    _replace(folder / "results.json", results_json.text(safe))
    page = folder / "index.html"
    _replace(page, _page(safe, page))
    return page


def _page(results: Mapping[str, Any], path: Path) -> str:
    try:
        return html.page(results)
    except Exception as error:
        path.unlink(missing_ok=True)
        raise HarnessError(
            f"cannot make {path}: {type(error).__name__}: {error}",
            advice=f"read {path.with_name('results.json')}, which is complete, and report this as a bug",
        ) from error


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        _remove(temporary)
        raise BlockedError(
            f"cannot write the report {path}: {error.strerror or error}",
            advice="choose a folder that can be written with --dapr-report=FOLDER",
        ) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is out of reach: nothing was left there
