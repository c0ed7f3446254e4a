"""Which outgoing calls of an app an incoming request caused, told from what several solo runs have in common.

A call is caused when every solo run of the request has it and an idle app does not: what polls, batches or comes only
now and then is left out, unless it names what it is for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from dapr_conformance.checkers.trace_context import header, parse
from dapr_conformance.warden.protocol import Exchange

Kind = tuple[str, str]

# Health and metadata are asked for by SDKs at any time, and daprd makes no spans of them.
_BLOCKS = re.compile(r"/v1\.0[^/]*/(?!healthz|metadata|shutdown)([^/?]+)(/[^/?]+)?.*")
_GRPC = re.compile(r"/dapr\.proto\.runtime\.v1\.Dapr/(?!GetMetadata|SetMetadata|Shutdown).+")


def kind_of(call: Exchange) -> Kind | None:
    """Give method and building block with component of a call, the parts that do not vary; None for one of no block."""
    found = _BLOCKS.fullmatch(call.target)
    if found is not None:
        return call.method, f"{found[1]}{found[2] or ''}"
    return (call.method, call.target) if _GRPC.fullmatch(call.target) else None


def caused(runs: Sequence[Iterable[Exchange]], idle: Iterable[Exchange]) -> Counter[Kind]:
    """Give the kinds of calls that every run has, with the least number, but for those that an idle app makes."""
    counts = [_kinds(run) for run in runs]
    if not counts:
        return Counter()
    least = counts[0]
    for count in counts[1:]:
        least &= count
    polled = _kinds(idle)
    return Counter({kind: number for kind, number in least.items() if kind not in polled})


def _kinds(calls: Iterable[Exchange]) -> Counter[Kind]:
    return Counter(kind for call in calls if (kind := kind_of(call)) is not None)


def names(call: Exchange, marker: str) -> bool:
    """Tell whether a call names a marker, in its target or its body, and not a longer one that begins with it."""
    pattern = re.escape(marker) + r"(?![0-9A-Za-z])"
    return bool(re.search(pattern, call.target) or re.search(pattern.encode(), call.request_body))


def to_judge(
    calls: Sequence[Exchange], expected: Counter[Kind], marker: str, earlier: Collection[str] = ()
) -> list[Exchange]:
    """Give the calls of one solo run that its request caused.

    Args:
        calls: all calls since the request.
        expected: what the request causes, as `caused` gives it.
        marker: the text that was drawn for this request.
        earlier: the ids of earlier traces; what carries one may be late work of an earlier request.

    Those that name the marker are caused whatever they are. The others are, when there are exactly as many of their
    kind as every run has: one more may be a leftover of another request.

    """
    known = [(call, kind) for call in calls if (kind := kind_of(call)) is not None]
    known = [(call, kind) for call, kind in known if names(call, marker) or _trace_of(call) not in earlier]
    count = Counter(kind for _, kind in known)
    return [call for call, kind in known if names(call, marker) or count[kind] == expected[kind]]


def _trace_of(call: Exchange) -> str | None:
    found = parse(header(call.request_headers, "traceparent"))
    return found.trace_id if found else None


def meant_by(calls: Iterable[Exchange], marker: str, others: Sequence[str]) -> list[Exchange]:
    """Give the calls of requests at once that name this marker and no other: what names several serves several.

    Args:
        calls: all calls since the requests.
        marker: the text that was drawn for the request in question.
        others: those of all other requests, earlier ones too: an index of records names these.

    """
    own = [call for call in calls if kind_of(call) is not None and names(call, marker)]
    return [call for call in own if not any(_mentions(call, other) for other in others)]


def _mentions(call: Exchange, marker: str) -> bool:
    return marker in call.target or marker.encode() in call.request_body
