"""Whether an app's answer says that a route which it declares is not there for callers through daprd."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\{[^/{}]+\}")
_NEVER = (405, 501)  # the method is not allowed, or not known (RFC 9110, 15.5.6 and 15.6.2)


@dataclass(frozen=True)
class RouteAnswer:
    """An app's answer; `status` is None when there was none, `location` is empty without such a header."""

    status: int | None
    location: str = ""
    body: bytes = b""


def is_template(path: str) -> bool:
    """Tell whether a path has a placeholder such as `{id}`."""
    return bool(PLACEHOLDER.search(path))


def problem(path: str, answer: RouteAnswer, nowhere: RouteAnswer, *, strict: bool) -> str:
    """Say why a declared route does not work, or nothing.

    Args:
        path: as declared, with its placeholders.
        answer: to a call of it.
        nowhere: the app's answer to a call of a route that does not exist.
        strict: true for a route declared for calling it: then a 5xx answer is a problem too.

    """
    if answer.status is None:
        return "no answer"
    if answer.status in _NEVER:
        return "this method is refused"
    if answer.status == 404:
        # With a placeholder it may be the record that is missing, unless the app says of any path the same.
        unknown = not is_template(path) or bool(answer.body and answer.body == nowhere.body)
        return "there is no such route" if unknown else ""
    if 300 <= answer.status < 400 and _adds_slash(path, answer.location):
        return "redirected to a slash at the end, which daprd takes away"
    return "it fails" if strict and answer.status >= 500 else ""


def _adds_slash(path: str, location: str) -> bool:
    last = path.rpartition("/")[2]
    ending = "[^/]+".join(re.escape(part) for part in PLACEHOLDER.split(last))
    return bool(re.search(f"/{ending}/$", location.partition("?")[0]))
