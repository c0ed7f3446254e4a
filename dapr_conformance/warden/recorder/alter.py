"""Composing what a rule puts in the place of what came: altered requests and answers, and answers of its own."""

from __future__ import annotations

import base64
import http
import re
from collections.abc import Iterable

from dapr_conformance.warden.protocol import Rule

BODYLESS = (204, 304)  # answers without a body (RFC 9112, 6.3)
_LENGTHS = ("content-length", "transfer-encoding", "trailer")


def body_of(rule: Rule, old: bytes) -> bytes:
    """Give the rule's own body, or `old` with its replacements made."""
    if rule.body_base64 is not None:
        return base64.b64decode(rule.body_base64)
    if rule.body is not None:
        return rule.body.encode()
    for before, after in rule.replace:
        old = old.replace(before.encode(), after.encode())
    return old


def altered_head(rule: Rule, head: bytes, framing: Iterable[tuple[str, str]] | None) -> bytes:
    """Give the head with the rule's header lines set and removed.

    A header that is set takes the place of the first line of that name, else it comes last. With `framing`, these lines
    take the place of those that tell the length of the body.
    """
    first, *lines = re.split(rb"\r?\n", head.strip(b"\r\n"))
    setting = [*rule.set_headers]
    gone = {name.lower() for name in rule.remove_headers}
    if framing is not None:
        gone.update(_LENGTHS)
    new = [line for line in (_line(line, setting, gone) for line in lines) if line is not None]
    new += [_header(*pair) for pair in (*setting, *(framing or ()))]
    return b"\r\n".join([first, *new, b"", b""])


def _line(line: bytes, setting: list[tuple[str, str]], gone: set[str]) -> bytes | None:
    name = line.partition(b":")[0].decode("latin-1").lower()
    for pair in setting:
        if pair[0].lower() == name:
            setting.remove(pair)
            gone.add(name)  # further lines of that name go
            return _header(*pair)
    return None if name in gone else line


def _header(name: str, value: str) -> bytes:
    line = f"{name}: {value}"
    try:
        return line.encode("latin-1")  # as exchanges give header lines
    except UnicodeEncodeError:
        return line.encode()


def altered_status(head: bytes, status: int) -> bytes:
    """Give an answer's head with another status."""
    return status_line(status) + head[head.index(b"\n") + 1 :]


def status_line(status: int) -> bytes:
    """Give the status line with the registered reason phrase."""
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:  # a status that is not registered may well be wanted
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


def own_answer(rule: Rule, status: int, method: str) -> tuple[bytes, bytes]:
    """Give head and body of the answer that a failing rule makes."""
    body = body_of(rule, b"")
    lines = [_header(*pair) for pair in rule.headers]
    if status not in BODYLESS and not any(name.lower() in _LENGTHS for name, _ in rule.headers):
        lines.append(_header("Content-Length", str(len(body))))
    head = status_line(status) + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    return head, b"" if status in BODYLESS or method == "HEAD" else body
