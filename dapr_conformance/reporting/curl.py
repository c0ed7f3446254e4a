"""An exchange as one line for a POSIX shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dapr_conformance.reporting.masking import MASK
from dapr_conformance.reporting.printable import HIDDEN, body_bytes
from dapr_conformance.verdict import CheckResult

# What curl sets itself, and what belongs to one connection (RFC 9110 section 7.6.1).
_OWN = frozenset(("host", "content-length", "connection", "transfer-encoding", "expect", "keep-alive", "te", "upgrade"))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_LONGEST_BODY = 2048
_LONGEST_HEAD = 8192
# The ports of a run are drawn anew each time: Dapr's own variables name them.
_PORT = {"inbound": "${APP_PORT}", "outbound": "${DAPR_HTTP_PORT}"}


def line(exchange: Mapping[str, Any]) -> str:
    r"""Give the curl command that sends the request of `exchange` again.

    Args:
        exchange: the data of an `exchange` evidence. Side `inbound` is aimed at the app (`$APP_PORT`),
            any other at the sidecar (`$DAPR_HTTP_PORT`).

    Returns:
        One printable line. A body with unprintable bytes is made by `printf` and piped in; one over 2 KiB, or
        one that was recorded in part only, is named as a file with its true length in a comment. Empty for a
        request line or headers over 8 KiB: such a command is of no use to a hand, and for a gRPC call of the app,
        which curl cannot make.

    """
    request = exchange["request"]
    if _head_length(request) > _LONGEST_HEAD or (exchange.get("grpc") and exchange.get("side") == "inbound"):
        return ""
    url = f'"http://127.0.0.1:{_PORT.get(str(exchange.get("side")), _PORT["outbound"])}"{_word(str(request["target"]))}'
    head = ["curl -sS -i --globoff --path-as-is", *_method(str(request["method"])), url]
    before, body, after = _body(request)
    return before + " ".join([*head, *_headers(header_pairs(request.get("headers"))), *body]) + after


def header_pairs(headers: Any) -> list[tuple[str, str]]:
    """Give headers, written as a mapping or as a list of pairs, as pairs in their order."""
    pairs: Iterable[Any] = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [(str(name), str(value)) for name, value in pairs]


def _head_length(request: Mapping[str, Any]) -> int:
    fields = header_pairs(request.get("headers"))
    return len(str(request["method"])) + len(str(request["target"])) + sum(len(n) + len(v) for n, v in fields)


def _method(method: str) -> list[str]:
    if method == "GET":
        return []
    return ["--head"] if method == "HEAD" else ["-X " + _word(method)]


def _headers(pairs: Iterable[tuple[str, str]]) -> list[str]:
    kept = [(name, value) for name, value in pairs if _TOKEN.fullmatch(name) and name.lower() not in _OWN]
    # To curl, `name:` means "leave it out" and `name;` means "send it empty".
    return ["-H " + _word(f"{name}: {value}" if value else f"{name};") for name, value in kept]


def _body(request: Mapping[str, Any]) -> tuple[str, list[str], str]:
    """Give what stands before the command, its body arguments, and the comment after it."""
    raw = body_bytes(request.get("body"))
    length = int(request.get("length") or len(raw))
    if not raw and not length:
        return "", [], ""
    in_part = length != len(raw) and MASK.encode() not in raw  # a mask changes the length of a whole body
    if in_part or max(length, len(raw)) > _LONGEST_BODY:
        return "", ["--data-binary @request-body"], f"  # {length:,} bytes, not shown here"
    text = raw.decode("utf-8", "surrogateescape")
    if HIDDEN.search(text) or text.startswith("@"):  # `@name` would read a file
        return f"printf {_format(raw)} | ", ["--data-binary @-"], ""
    return "", ["--data-binary " + shlex.quote(text)], ""


def _word(text: str) -> str:
    """Quote one word; what cannot be seen is made by `printf`."""
    if not HIDDEN.search(text):
        return shlex.quote(text)
    return f'"$(printf {_format(text.encode("utf-8", "surrogatepass"))})"'


def _format(raw: bytes) -> str:
    r"""Write bytes as a format of POSIX `printf`: what is not plain ASCII, and `%`, `'` and `\`, in octal."""
    plain = (chr(byte) if 0x20 <= byte < 0x7F and byte not in b"%\\'" else f"\\{byte:03o}" for byte in raw)
    return "'" + "".join(plain) + "'"


def added(row: CheckResult) -> CheckResult:
    """Give the row with the curl line of the last exchange that shows a finding."""
    calls = [piece.data for piece in row.evidence if piece.kind == "exchange"]
    if row.reproduce is None or not calls:
        return row
    return replace(row, reproduce=replace(row.reproduce, curl=line(calls[-1]) or None))
