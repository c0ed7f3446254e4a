"""`results.json`: the one document that every other report is made from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dapr_conformance.reporting.coverage import not_tested

SCHEMA = "dapr-conformance/results/1"

# What a run that was killed early may not have come to tell.
_RUN = dict.fromkeys(("id", "seed", "started", "duration_s", "harness", "python", "platform", "exit_status", "command"))
_TARGET = dict.fromkeys(("app_id", "source", "kind"))
_LISTS = ("environments", "checks", "promises", "series", "windows", "notes", "not_tested")


def complete(results: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole document as JSON knows it; what the run did not come to tell is null or an empty list.

    What was not tested follows from the checks, so that the report of a killed run says it too.
    """
    known = plain(results)
    return {
        "schema": SCHEMA,
        "run": _RUN | known.get("run", {}),
        "target": _TARGET | known.get("target", {}),
        **{name: known.get(name, []) for name in _LISTS},
        "not_tested": not_tested(known),
        **{name: value for name, value in known.items() if name not in ("schema", "run", "target", *_LISTS)},
    }


def plain(value: Any) -> Any:
    """Give `value` as JSON knows it: tuples as lists, keys as text, numbers that are not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def text(results: Mapping[str, Any]) -> str:
    """Give the file's text: ASCII only (lone surrogates survive), keys in their order, one list item a line.

    Lines make two runs comparable by `diff`; deeper indentation would take three times as long to write.
    """
    return "{\n" + ",\n".join(f"{_json(name)}: {_lines(value)}" for name, value in results.items()) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_json, value)) + "\n]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
