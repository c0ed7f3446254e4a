"""Linux' child subreaper: orphans of our descendants become our children instead of init's (prctl(2))."""

from __future__ import annotations

import ctypes

from dapr_conformance.warden import libc

_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37


def set_subreaper(on: bool) -> bool:
    """Make this process a child subreaper, or stop it being one.

    Returns whether it was one before.

    Raises:
        OSError: the kernel refuses (older than Linux 3.4).

    """
    before = ctypes.c_int(0)
    libc.call("prctl", _PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.call("prctl", _PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)
    return bool(before.value)
