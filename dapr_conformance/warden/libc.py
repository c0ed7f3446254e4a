"""Calls of the C library that Python has no function for."""

from __future__ import annotations

import ctypes
import os


def call(name: str, *arguments: object) -> None:
    """Call a function that gives 0, or -1 and `errno`.

    Raises:
        OSError: it failed; the text names the function.

    """
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
