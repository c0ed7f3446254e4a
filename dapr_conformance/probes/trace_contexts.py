"""Generated trace contexts: what a caller may send, and what of it must be found again.

Ids are not drawn: each example needs a trace of its own, and shrinking must not touch them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.target.model import Target

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check

# W3C Trace Context, 3.2.2 and 3.3.1.3.1: {trace} and {span} are filled in.
_MALFORMED = (
    "x",
    "00-{trace}-{span}",
    "00-{trace}-{span}-01-x",
    "ff-{trace}-{span}-01",
    "00-{TRACE}-{span}-01",
    "00-00000000000000000000000000000000-{span}-01",
    "00-{trace}-0000000000000000-01",
    "00-{trace}{span}-01",
    "00_{trace}_{span}_01",
)
_FLAGS = ("01", "01", "00", "03", "ff")
# Keys of level 1 of the specification: by level 2 they may begin with a digit, which libraries refuse.
_KEYS = ("vendor", "a", "rojo", "tenant@vendor", "a0-_*/b")
_VALUES = ("1", "t61rcWkgMzE", "00f067aa0ba902b7", "a:b", "x y", "!\"#$%&'()*+-./", "~" * 40)
_BAGGAGE = ("userId=alice", "a=1,b=2", "k=v;meta=1", "key=va%20lue", "server=node-1, flag=true;ttl=3")
BAD_BAGGAGE = "k"
_VALID = "00-{trace}-{span}-{flags}"
PLAIN = {"parent": _VALID, "flags": "01", "state": "", "baggage": ""}


@dataclass(frozen=True)
class Sent:
    """The trace context of one message. `trace_id` is None where what is sent names no valid trace."""

    headers: tuple[tuple[str, str], ...]
    trace_id: str | None
    tracestate: str | None
    baggage: str = ""


class Met:
    """The traces that the examples of one check have met."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._met: set[str] = set()

    def is_new(self, trace_id: str) -> bool:
        """Tell whether no example has met this trace, and remember it."""
        with self._guard:
            new = trace_id not in self._met
            self._met.add(trace_id)
            return new


def refuse_no_tracing(target: Target) -> None:
    """Raise Unsupported if the target's own Configuration switches tracing off: then daprd makes no traces."""
    configuration = target.configuration
    tracing = (configuration.document.get("spec") or {}).get("tracing") if configuration else None
    rate = str((tracing or {}).get("samplingRate", ""))
    if configuration and rate == "0":
        line = f'{configuration.location}: spec.tracing.samplingRate: "1"'
        raise Unsupported("the app's Configuration switches tracing off (samplingRate 0)", line)


def contexts(*, valid: bool = False) -> SearchStrategy[dict[str, Any]]:
    """Give what a caller sends: {"parent", "flags", "state", "baggage"}; with `valid` always a valid traceparent."""
    member = st.tuples(st.sampled_from(_KEYS), st.sampled_from(_VALUES))
    state = st.lists(member, max_size=3, unique_by=lambda pair: pair[0]).map(
        lambda pairs: ",".join(f"{key}={value}" for key, value in pairs)
    )
    others = st.one_of(st.just(""), st.sampled_from(_MALFORMED))
    parent = st.just(_VALID)
    return st.fixed_dictionaries(
        {
            "parent": parent if valid else st.one_of(parent, parent, others),
            "flags": st.sampled_from(_FLAGS),
            "state": state,
            "baggage": st.one_of(st.just(""), st.just("") if valid else st.sampled_from((*_BAGGAGE, BAD_BAGGAGE))),
        }
    )


def sent(check: Check, case: Mapping[str, Any]) -> Sent:
    """Give the headers of a generated context, with ids that no other example uses."""
    digest = hashlib.sha256(check.fresh().encode()).hexdigest()
    trace, span = digest[:32], digest[32:48]
    parent = case["parent"].format(trace=trace, TRACE=trace.upper(), span=span, flags=case["flags"])
    lines = (("traceparent", parent), ("tracestate", case["state"]), ("baggage", case["baggage"]))
    is_valid = case["parent"] == _VALID
    state = case["state"] if is_valid and case["state"] else None
    headers = tuple((name, value) for name, value in lines if value)
    return Sent(headers, trace if is_valid else None, state, case["baggage"])
