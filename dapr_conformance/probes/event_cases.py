"""Generated deliveries: what an app may be asked to digest, and what a sidecar may be answered.

Every case is plain JSON, so that a failing one can be written to a file and run again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.probes import events, handlers
from dapr_conformance.probes.outcome import Inconclusive, Unsupported
from dapr_conformance.probes.strategies import json_values

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

Cases = SearchStrategy[dict[str, Any]]

BODIES = (
    "",
    "{}",
    "null",
    "[]",
    '"DROP"',
    "not JSON",
    '{"status":""}',
    '{"status":null}',
    '{"status":5}',
    '{"status":["DROP"]}',
    '{"status":"SUCCESS"}',
    '{"status":"RETRY"}',
    '{"status":"DROP"}',
    '{"status":"drop"}',
    '{"status":"Success"}',
    '{"status":"retry"}',
    '{"status":"ok"}',
    '{"Status":"DROP"}',
    ' {"more":[1],"status":"DROP"}\n',
)
_ERRORS = (302, 400, 401, 403, 404, 409, 415, 422, 429, 500, 502, 503)
_CONTENT_TYPES = (events.CLOUD_EVENT, f"{events.CLOUD_EVENT}; charset=utf-8", f"{events.CLOUD_EVENT};charset=UTF-8")
_TRACE = {
    "traceid": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "",
}


def answers() -> Cases:
    """Give what a control app answers to the attempts of one event: {"answers": [one of `instructions`]}."""
    good = st.fixed_dictionaries({"status": st.sampled_from((200, 201, 202)), "body": st.sampled_from(BODIES)})
    bad = st.fixed_dictionaries({"status": st.sampled_from(_ERRORS), "body": st.sampled_from(BODIES)})
    others = st.sampled_from(({"status": 204}, {"status": 200}, {"close": True}))
    return st.fixed_dictionaries({"answers": st.lists(st.one_of(good, bad, others), min_size=1, max_size=4)})


def envelopes(check: Check) -> Cases:
    """Give any event that daprd could deliver to any subscribed route: {"route", "data", "without", "extra", ...}."""
    text = st.fixed_dictionaries({"datacontenttype": st.just("text/plain")})
    data = st.fixed_dictionaries({"data_base64": _base64(), "datacontenttype": st.just("application/octet-stream")})
    return _varied(
        st.deferred(lambda: st.sampled_from([route.path for route in events.routes(check)])),
        data=json_values(),
        attributes=st.one_of(st.just({}), st.just({}), text, data),
        without=st.sampled_from(((), (), ("id",), ("data",), ("datacontenttype", "data"))).map(list),
    )


def declared(check: Check, name: str) -> Cases:
    """Give deliveries of the declared `valid` or `invalid` events to each route whose topic declares one."""
    return _varied(st.deferred(lambda: st.sampled_from([route.path for route in events.declaring(check, name)])))


def valid(check: Check) -> Cases:
    """Give sets of routes whose events meet in one record (one `effect.get`): {"routes": [path], "extra", ...}."""

    def groups() -> SearchStrategy[list[str]]:
        by_record: dict[str, list[str]] = {}
        for route in events.declaring(check, "valid"):
            effect = route.topic.effect if route.topic else None
            by_record.setdefault(effect.get if effect else route.path, []).append(route.path)
        each = [st.lists(st.sampled_from(paths), min_size=1, unique=True) for paths in by_record.values()]
        return st.one_of(each)

    return _varied(None, routes=st.deferred(groups))


def writing(check: Check) -> Cases:
    """Give good events for the routes that write through the sidecar: {"route", "block", "extra", ...}."""
    pairs = st.deferred(lambda: st.sampled_from(handlers.writers(check)))
    return _varied(None, write=pairs.map(list))


def repeated(check: Check) -> Cases:
    """Give events that come more than once: {"route", "how": "in sequence" | "at once", "copies", "extra", ...}."""

    def paths() -> SearchStrategy[str]:
        every = events.routes(check)
        shown = [route.path for route in every if route.declares("valid", "effect")]
        plain = [] if len(shown) == len(every) else _seen_writing(check, bool(shown))
        return st.sampled_from(list(dict.fromkeys([*shown, *plain])))

    how = st.sampled_from(("in sequence", "at once"))
    return _varied(st.deferred(paths), how=how, copies=st.integers(2, 4))


def _seen_writing(check: Check, may_be_none: bool) -> list[str]:
    try:
        return [path for path, _ in handlers.writers(check)]
    except (Unsupported, Inconclusive):
        if may_be_none:
            return []
        raise


def _varied(route: SearchStrategy[str] | None, **fields: SearchStrategy[Any]) -> Cases:
    """Add what may differ between deliveries of any event: extension attributes and the form of the content type."""
    named = {} if route is None else {"route": route}
    text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12)
    extension = st.dictionaries(st.sampled_from(("myextension", "tenant", "ext1")), text, max_size=2)
    extra = st.one_of(extension, extension.map(lambda more: {**_TRACE, **more}))
    return st.fixed_dictionaries({**named, **fields, "extra": extra, "content_type": st.sampled_from(_CONTENT_TYPES)})


def _base64() -> SearchStrategy[str]:
    to_text: Callable[[bytes], str] = lambda raw: base64.b64encode(raw).decode()  # noqa: E731 - typed for map
    return st.binary(max_size=40).map(to_text)
