"""When a planted fault strikes: always, or by its arguments only sometimes.

`{"every": n}` strikes at the n-th, 2n-th ... use, `{"only": "non_ascii"}` where the step is given such a text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from dapr_conformance.control.exchange import Request


def sometimes(
    original: Callable[..., Any], faulty: Callable[..., Any], arguments: Mapping[str, Any]
) -> Callable[..., Any]:
    """Give the step that is `faulty` where the arguments say so and `original` elsewhere."""
    uses = itertools.count(1)
    every = int(arguments.get("every", 1))
    only_non_ascii = arguments.get("only") == "non_ascii"

    def step(*values: Any) -> Any:
        meant = not only_non_ascii or any(_has_non_ascii(value) for value in values)
        strikes = meant and next(uses) % every == 0
        return faulty(*values) if strikes else original(*values)

    return step


def _has_non_ascii(value: Any) -> bool:
    body = value.body if isinstance(value, Request) else value
    return not (body.isascii() if isinstance(body, bytes) else str(body).isascii())
