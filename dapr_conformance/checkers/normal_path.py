"""Which path an app gets when another calls it through daprd, and which paths daprd refuses.

daprd decodes the path once, cleans it as Go's `path.Clean` does, then reads it again as part of a URL
(`net/url`), so that `%252F` arrives as `%2F` and a bare `%` is an error. Older versions clean nothing, and decode only
what Go would encode just like that. Observed with daprd 1.16.0 and 1.18.2; which version does what comes from the
version table. The query is never touched, but in older versions a decoded `#` takes it away and a `?` begins it.
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
    method = clean(unquote_to_bytes(raw)) if expectations.path_is_cleaned else _as_go_keeps(raw)
    url = method + (mark + query if query else "").encode("latin-1", "replace")
    status = _refusal(method, url, expectations, remote=remote)
    if status != _OK:
        return Arrival("", status)
    path, mark, query = url.partition(b"#")[0].decode("latin-1").partition("?")
    if " " in query:  # older versions send it as it is, and an app answers 400 to what is no HTTP request
        return Arrival("", _BAD_REQUEST)
    return Arrival(_as_url(path.encode("latin-1")) + mark + query)


def clean(path: bytes) -> bytes:
    """Give the shortest equal path, as Go's `path.Clean`: no empty part, no `.` or `..`, no slash at the end."""
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            parts = parts[:-1]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)


def _as_go_keeps(path: bytes) -> bytes:
    """Give the decoded path where Go's own encoding of it is what was sent, else the path as it was sent.

    So does net/url: its `RawPath` is empty in the first case.
    """
    decoded = unquote_to_bytes(path)
    return decoded if quote(decoded, safe=_KEPT_BY_GO).encode() == path else path


def _refusal(method: bytes, url: bytes, expectations: Expectations, *, remote: bool) -> int:
    if _CUT.search(method) and expectations.hash_and_question_in_method != _OK:
        return expectations.hash_and_question_in_method
    if remote and not _is_utf8(method):  # gRPC carries no such text, so that the other sidecar never judges it
        return _INTERNAL
    if remote and _is_no_url(method):  # so says the other sidecar's access control, which reads the method alone
        return expectations.percent_and_newline_in_method
    return _INTERNAL if _is_no_url(url) else _OK


def _is_no_url(text: bytes) -> bool:
    """Tell whether net/url refuses it: for a wrong escape in path or fragment, or a control character before that."""
    url, _, fragment = text.partition(b"#")
    return bool(_CONTROL.search(url) or _BAD_ESCAPE.search(url.partition(b"?")[0]) or _BAD_ESCAPE.search(fragment))


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
