"""Write the reports of a run into one folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dapr_conformance.errors import BlockedError, HarnessError
from dapr_conformance.reporting import html, results_json
from dapr_conformance.reporting.masking import masked


def write_all(results: Mapping[str, Any], folder: Path, secrets: Sequence[str] = ()) -> Path:
    """Mask the results, then write `results.json` and `index.html`; who finds the former finds the latter too.

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
    file, page = folder / "results.json", folder / "index.html"
    text = results_json.text(safe)
    try:
        shown = html.page(safe)
    except Exception as error:
        _place({file: text})
        page.unlink(missing_ok=True)
        raise HarnessError(
            f"cannot make {page}: {type(error).__name__}: {error}",
            advice=f"read {file}, which is complete, and report this as a bug",
        ) from error
    _place({file: text, page: shown})
    return page


def _place(texts: Mapping[Path, str]) -> None:
    """Write each text beside its place, then rename them, the first one last: where it is, all are."""
    beside = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in texts}
    try:
        for path, text in texts.items():
            with _telling(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                beside[path].write_text(text, encoding="utf-8", newline="\n")
        for path in reversed(beside):
            with _telling(path):
                beside[path].replace(path)
    finally:
        for temporary in beside.values():
            _remove(temporary)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BlockedError(
            f"cannot write the report {path}: {error.strerror or error}",
            advice="choose a folder that can be written with --dapr-report=FOLDER",
        ) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is out of reach: nothing was left there
