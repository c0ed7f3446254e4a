"""Whether a file is a program for this machine, told from its first bytes: the kernel only says `Exec format error`."""

from __future__ import annotations

import os
import platform
from pathlib import Path

# Python's name of a machine -> Go's name, which Dapr's archives and images carry
_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
# e_machine of the ELF header, by Go's names (System V ABI, ELF header)
_ELF = {3: "386", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_FOREIGN = {
    b"\xcf\xfa\xed\xfe": "macOS",
    b"\xca\xfe\xba\xbe": "macOS",
    b"MZ": "Windows",
}


def architecture() -> str:
    """Give this machine's architecture as Go and Dapr's releases call it: `amd64`, `arm64`."""
    return _GO_NAMES.get(platform.machine(), platform.machine())


def problem(path: Path) -> str:
    """Say in one sentence why a file cannot be run here; an empty text if it can as far as its head tells."""
    if not path.exists():
        return f"{path} is missing"
    if not path.is_file():
        return f"{path} is no file"
    if not os.access(path, os.X_OK):
        return f"{path} may not be executed"
    with path.open("rb") as file:
        return _problem_of(path, file.read(20))


def _problem_of(path: Path, head: bytes) -> str:
    if head.startswith(b"#!"):
        return ""
    if head.startswith(b"\x7fELF"):
        made_for = _ELF.get(int.from_bytes(head[18:20], "little"), "another architecture")
        return "" if made_for == architecture() else f"{path} is made for {made_for}; this machine is {architecture()}"
    system = next((system for magic, system in _FOREIGN.items() if head.startswith(magic)), "")
    return f"{path} is a program for {system}, not for Linux" if system else f"{path} is no program"
