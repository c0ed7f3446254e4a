"""A command of the app's that cannot be started, or that ends at once: why, and what to do about it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from dapr_conformance.target.model import App
from dapr_conformance.warden.protocol import ProcessState

_UNSTARTED = re.compile(r"^(.*): cannot be started: (.*)$", re.MULTILINE)  # the warden's words, in the process' log


def reason(state: ProcessState, text: str, app: App) -> str | None:
    """Say why the app's command was not started and the next step; None for one that was started.

    Args:
        state: the dead process.
        text: its log.
        app: whose command it is.

    """
    found = _UNSTARTED.search(text)
    if found is None or state.exit_code not in (126, 127):
        return None
    return f"the app's command {found[1]!r} cannot be started: {_why(found[1], found[2], app.directory)}"


def _why(word: str, said: str, folder: Path) -> str:
    file = folder / word
    if "working directory" in said:
        return said
    if "/" in word and file.is_dir():
        return "it is a folder; name the program in it"
    if file.is_file() and _state_of(file) == "closed":
        return f"{said}; let it be executed: chmod +x {file}"
    if " " in word:
        return f"{said}; each word of a command is an item of its own: command: [{_items(word)}]"
    if _state_of(file) == "absent":
        return f"{said}; it is neither on PATH nor in {folder}" if "/" not in word else f"{said}; there is no {file}"
    return f"{said}; it must be a program of this machine's kind, or a script whose first line names one"


def _state_of(file: Path) -> str:
    """Tell whether a file can be executed: `absent`, `closed` or `open`."""
    if not file.is_file():
        return "absent"
    return "open" if shutil.which(str(file)) else "closed"


def _items(word: str) -> str:
    return ", ".join(f'"{each}"' for each in word.split())
