"""Faults of an app that carries traces on: each takes the right step and its arguments and gives a wrong one."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from dapr_conformance.control.exchange import Request

Step = Callable[..., Any]
Arguments = Mapping[str, Any]
Headers = dict[str, str]
_TRACE = ("traceparent", "tracestate", "baggage")

_last: list[Request] = []  # what `one_trace_for_all` takes for the request that is worked for


def drops_trace(right: Step, arguments: Arguments) -> Step:
    """Leave the trace out of calls whose path matches `path` (default: any; seam `outgoing_headers`)."""
    meant = re.compile(str(arguments.get("path", ".*")))

    def headers(method: str, path: str, content_type: str | None) -> Headers:
        found: Headers = right(method, path, content_type)
        return {name: value for name, value in found.items() if name not in _TRACE or not meant.fullmatch(path)}

    return headers


def starts_new_trace(right: Step, _arguments: Arguments) -> Step:
    """Begin a trace with every call (seam `outgoing_headers`)."""
    return lambda *call: {**right(*call), "traceparent": f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"}


def loses_tracestate(right: Step, _arguments: Arguments) -> Step:
    """Carry the trace on without its tracestate (seam `outgoing_headers`)."""
    return lambda *call: {name: value for name, value in right(*call).items() if name != "tracestate"}


def shouts_trace(right: Step, _arguments: Arguments) -> Step:
    """Write the trace id in upper case, which makes it invalid (seam `outgoing_headers`)."""
    return lambda *call: {name: value.upper() if name in _TRACE else value for name, value in right(*call).items()}


def zero_trace(right: Step, _arguments: Arguments) -> Step:
    """Send a trace id of zeros, as a tracer that is switched off does (seam `outgoing_headers`)."""
    return lambda *call: {**right(*call), "traceparent": f"00-{'0' * 32}-{'0' * 16}-00"}


def remembers_last(right: Step, _arguments: Arguments) -> Step:
    """Remember the latest request of all threads (seam `answer`)."""

    def answer(request: Request) -> Any:
        _last[:] = [request]
        return right(request)

    return answer


def trace_of_last(right: Step, _arguments: Arguments) -> Step:
    """Carry on the trace of the latest request of all threads (seam `outgoing_headers`)."""

    def headers(*call: Any) -> Headers:
        found = {name: value for name, value in right(*call).items() if name not in _TRACE}
        traced = {name: _last[0].header(name) for name in _TRACE} if _last else {}
        return {**found, **{name: value for name, value in traced.items() if value}}

    return headers


def in_a_pool(right: Step, _arguments: Arguments) -> Step:
    """Carry an event out in a thread that knows nothing of its trace (seam `once`)."""

    def once(*arguments: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(right, *arguments).result()

    return once


def in_a_pool_with_trace(right: Step, _arguments: Arguments) -> Step:
    """Carry an event out in another thread, its trace taken along (seam `once`)."""

    def once(*arguments: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(copy_context().run, right, *arguments).result()

    return once


def looks_on(_right: Step, _arguments: Arguments) -> Step:
    """Read a state item behind the answer, the trace taken along (seam `afterwards`)."""
    return lambda look: threading.Thread(target=copy_context().run, args=(look,), daemon=True).start()


def looks_on_without_trace(_right: Step, _arguments: Arguments) -> Step:
    """Read a state item behind the answer in a thread that knows nothing of the trace (seam `afterwards`)."""
    return lambda look: threading.Thread(target=look, daemon=True).start()
