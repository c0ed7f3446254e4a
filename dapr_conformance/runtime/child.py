"""Running `go` and `pip`: every line seen and logged, and no child left behind however this process ends."""

from __future__ import annotations

import os
import select
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The shell leads the child's process group and reads a pipe whose other end we hold. When that closes, because we
# were interrupted or killed, the whole group ends: compilers and linkers too, which a signal to `go` would miss.
# SIGKILL does no harm: Go's caches and pip's downloads are written to be cut off at any moment.
_LEADER = """
exec 3<&0
"$@" </dev/null 3<&- & job=$!
{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 & watch=$!
wait "$job"; code=$?
kill "$watch"; wait "$watch" 2>/dev/null
exit "$code"
"""
_LAST_LINES = 12


@dataclass(frozen=True)
class Finished:
    """How a child ended: its exit code (128 + n after signal n) and the last lines of what it printed."""

    exit_code: int
    last_lines: tuple[str, ...]


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    look: Callable[[str], None],
    stdout: Path | None = None,
) -> Finished:
    """Run a program to its end.

    Args:
        argv: the program and its arguments.
        env: its whole environment.
        cwd: its working directory.
        log: file that everything it prints is appended to.
        look: called with each line, and with an empty text once a second while there is none.
        stdout: file for its standard output, which then is neither a line nor logged.

    Raises:
        OSError: the log or the output file cannot be written.

    """
    last: deque[str] = deque(maxlen=_LAST_LINES)
    with log.open("a", encoding="utf-8") as journal, _group(argv, env, cwd, stdout) as process:
        journal.write(f"$ {' '.join(argv)}\n")
        for line in _lines(process):
            if line:
                last.append(line)
                journal.write(line + "\n")
            look(line)
        return Finished(process.wait(), tuple(last))


@contextmanager
def _group(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path, stdout: Path | None
) -> Iterator[subprocess.Popen[bytes]]:
    with (stdout or Path(os.devnull)).open("wb") as file:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _LEADER, "sh", *argv],
            stdin=subprocess.PIPE,
            stdout=file if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE if stdout else subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    with process:  # closes the pipe and waits, however the block ends
        yield process


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    pipe = process.stdout or process.stderr
    if pipe is None:  # cannot be: _group opens one of the two
        return
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    rest = b""
    while True:
        if not poll.poll(1000):
            yield ""
            continue
        block = os.read(pipe.fileno(), 65536)
        if not block:
            break
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    yield rest.decode(errors="replace")
