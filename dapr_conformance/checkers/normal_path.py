"""Which path an app gets when another calls it through daprd, and which paths daprd refuses.

daprd decodes the path once, cleans it as Go's `path.Clean` does, then reads it again as part of a URL
(`net/url`), so that `%252F` arrives as `%2F` and a bare `%` is an error. Observed with daprd 1.14.4 to 1.18.2;
what differs between versions comes from the version table. The query is never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from dapr_conformance.runtime.expectations import Expectations

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_CUT = re.compile(rb"[#?]")
_KEPT_BY_GO = "$&+,/:;=@"  # net/url escapes everything else but unreserved characters
_VALID_ENCODED = re.compile(rb"[A-Za-z0-9\-_.~!$&'()*+,;=:@\[\]%/]*")
_OK, _BAD_REQUEST, _INTERNAL = 200, 400, 500


@dataclass(frozen=True)
class Arrival:
    """What becomes of a raw target: `target` as the app gets it, or daprd's own `status` where it refuses."""

    target: str
    status: int = _OK

    @property
    def refused(self) -> bool:
        """Tell whether the app never sees the call."""
        return self.status != _OK


def arrival(target: str, expectations: Expectations, *, remote: bool) -> Arrival:
    """Give what becomes of a raw target (path, starting with a slash, and query) on its way to the app.

    Args:
        target: as the caller sends it behind `/method`.
        expectations: the row of the running Dapr version.
        remote: true for a call through another app's sidecar, which travels over gRPC.

    """
    path, mark, query = target.partition("?")
    raw = path.encode("latin-1", "replace")
    if _BAD_ESCAPE.search(raw):
        return Arrival("", _BAD_REQUEST)
    method = clean(unquote_to_bytes(raw))
    status = _refusal(method, expectations, remote=remote)
    if status != _OK:
        return Arrival("", status)
    sent = _as_url(_CUT.split(method, maxsplit=1)[0])
    return Arrival(sent + (mark + query if query else ""))


def clean(path: bytes) -> bytes:
    """Give the shortest equal path, as Go's `path.Clean`: no empty part, no `.` or `..`, no slash at the end."""
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            parts = parts[:-1]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)


def _refusal(method: bytes, expectations: Expectations, *, remote: bool) -> int:
    if _CUT.search(method) and expectations.hash_and_question_in_method != _OK:
        return expectations.hash_and_question_in_method
    if _CONTROL.search(method) or _BAD_ESCAPE.search(method):
        return expectations.percent_and_newline_in_method
    return _INTERNAL if remote and not _is_utf8(method) else _OK


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_url(method: bytes) -> str:
    if _VALID_ENCODED.fullmatch(method):
        return method.decode("ascii")
    return quote(unquote_to_bytes(method), safe=_KEPT_BY_GO)
