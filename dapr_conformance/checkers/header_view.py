"""Which headers of an invocation daprd adds, takes away or changes; all others must arrive as they were sent.

Observed with daprd 1.14.4 to 1.18.2 (the hop-by-hop ones by version table). A call through another app's sidecar
travels as gRPC metadata, where names beginning with `grpc-` or ending in `-bin` have a meaning of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Headers = Iterable[tuple[str, str]]
View = Mapping[str, tuple[str, ...]]

# Each hop frames and dates its own messages (RFC 9112, RFC 9110 6.6.1) and daprd ends a trace span of its own.
_OF_THE_HOP = frozenset(
    {"connection", "content-length", "date", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_OF_THE_TRACE = frozenset({"traceparent", "tracestate", "grpc-trace-bin"})
_EXTENDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host"})


@dataclass(frozen=True)
class AnswerView:
    """One answer without what belongs to a single connection: two of them can be compared."""

    status: int | None
    headers: View
    body: bytes


def view(headers: Headers) -> dict[str, tuple[str, ...]]:
    """Give the values by lower-case name, in order, without the headers that belong to one hop or to the trace."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        key = name.lower()
        if key not in _OF_THE_HOP and key not in _OF_THE_TRACE:
            found[key] = (*found.get(key, ()), value)
    return found


def request_difference(sent: Headers, seen: Headers, stripped: frozenset[str]) -> str:
    """Say how the headers that the app saw differ from those that were sent; empty when they do not.

    Args:
        sent: header lines as the caller sent them.
        seen: header lines as the app got them.
        stripped: names in lower case that this Dapr version takes away.

    """
    got = view(seen)
    for name, values in view(sent).items():
        if _is_taken_away(name, stripped):
            continue
        arrived = got.get(name, ())
        if (arrived[: len(values)] if name in _EXTENDED else arrived) != values:
            return f"{name}: {list(arrived)} instead of {list(values)}"
    return ""


def answer_view(status: int | None, headers: Headers, body: bytes) -> AnswerView:
    """Give an answer in the form in which it can be compared with another one."""
    return AnswerView(status, view(headers), body)


def answer_difference(given: AnswerView, got: AnswerView, *, ignored: frozenset[str] = frozenset()) -> str:
    """Say how an answer that came through daprd differs from the one that was given; empty when it does not.

    Headers that only the answer through daprd has are daprd's or a middleware's. `ignored` are names to leave out.
    """
    if given.status != got.status:
        return f"status {got.status} instead of {given.status}"
    for name, values in given.headers.items():
        if name not in ignored and got.headers.get(name, ()) != values:
            return f"{name}: {list(got.headers.get(name, ()))} instead of {list(values)}"
    if given.body != got.body:
        return f"a body of {len(got.body)} bytes ({got.body[:60]!r}) instead of {len(given.body)} ({given.body[:60]!r})"
    return ""


def varying(one: AnswerView, other: AnswerView) -> frozenset[str]:
    """Give the names of the headers on which two answers to the same request differ."""
    names = one.headers.keys() | other.headers.keys()
    return frozenset(name for name in names if one.headers.get(name) != other.headers.get(name))


def added_by_caller(caller: str, callee: str) -> tuple[tuple[str, str], ...]:
    """Give the headers with which a call of app `caller` through its own sidecar reaches the app `callee`."""
    host = "dapr-conformance.invalid"
    return (
        ("Dapr-Callee-App-Id", callee),
        ("Dapr-Caller-App-Id", caller),
        ("Dapr-Caller-Namespace", "default"),
        ("Forwarded", f"for=127.0.0.1;by=127.0.0.1;host={host}"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", host),
    )


def _is_taken_away(name: str, stripped: frozenset[str]) -> bool:
    return name in stripped or name.startswith("grpc-") or name.endswith("-bin")
