"""The legal forms of one event: attributes more or less, JSON written in another way, data in base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.probes import events
from dapr_conformance.warden.protocol import Exchange

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

_TYPES = (
    events.CLOUD_EVENT,
    f"{events.CLOUD_EVENT}; charset=utf-8",
    f"{events.CLOUD_EVENT};charset=UTF-8",
    f'{events.CLOUD_EVENT}; charset="utf-8"',
)
_DATA_TYPES = (None, "application/json", "application/json; charset=utf-8")
_EXTENSIONS = {
    "tenant": st.sampled_from(("", "a b", "ä", "日本語")),
    "dcflag": st.booleans(),
    "dcnumber": st.integers(-(2**31), 2**31 - 1),
    "subject": st.sampled_from(("dc", "order/7 ä")),
    "dataschema": st.just("https://dc.example/schema#1"),
    "expiration": st.just("2999-01-01T00:00:00Z"),
}


def forms() -> SearchStrategy[dict[str, Any]]:
    """Give forms of an event as JSON; see `delivered`."""
    return st.fixed_dictionaries(
        {
            "base64": st.sampled_from((False, False, True)),
            "content_type": st.sampled_from(_TYPES),
            "datacontenttype": st.sampled_from(_DATA_TYPES),
            "without": st.sampled_from(((), ("time",))).map(list),
            "extra": st.fixed_dictionaries({}, optional=_EXTENSIONS),
            "indent": st.sampled_from((None, 1)),
            "ascii": st.booleans(),
            "reversed": st.booleans(),
        }
    )


def delivered(check: Check, route: events.EventRoute, data: Any, form: Mapping[str, Any]) -> Exchange:
    """Deliver an event with this data in one of its forms; an empty form is the one that daprd writes."""
    kind = form.get("datacontenttype", "application/json")
    if check.target.app.protocol == "grpc":
        kind = kind or "application/json"  # daprd gives a gRPC app no data of an event without a content type
    attributes = dict(form.get("extra", {})) | ({} if kind is None else {"datacontenttype": kind})
    if form.get("base64"):
        attributes["data_base64"] = base64.b64encode(json.dumps(data).encode()).decode()
    without = [*form.get("without", ()), *([] if kind else ["datacontenttype"])]
    event = events.envelope(check, route, data, without=without, **attributes)
    rows = list(event.items())
    text = json.dumps(
        dict(rows[::-1] if form.get("reversed") else rows),
        indent=form.get("indent"),
        ensure_ascii=form.get("ascii", False),
    )
    return events.deliver(check, route, event, content_type=form.get("content_type", events.CLOUD_EVENT), written=text)
