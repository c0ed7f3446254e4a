"""A short question to a program, such as `go env GOVERSION`: what it says, or nothing after a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """How a program ended and what it said: standard output and standard error, without the white space around."""

    exit_code: int
    out: str
    err: str


def ask(argv: Sequence[str | os.PathLike[str]], seconds: float, env: Mapping[str, str] | None = None) -> Answer | None:
    """Run a program to its end; None if it cannot be started or does not end within `seconds`.

    Then its whole process group is killed: a script's children would hold the pipes, and we would wait for them.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
    except OSError:
        return None
    with process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return None
    return Answer(process.returncode, _text(out), _text(err))


def _text(content: bytes) -> str:
    return content.decode(errors="replace").strip()
