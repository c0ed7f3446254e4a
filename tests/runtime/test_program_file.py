import platform
import sys
from pathlib import Path

import pytest

from dapr_conformance.runtime.program_file import architecture, problem


@pytest.fixture
def program(tmp_path):
    def write(content):
        path = tmp_path / "daprd"
        path.write_bytes(content)
        path.chmod(0o755)
        return path

    return write


def test_a_program_of_this_machine_and_a_script_can_run(program):
    assert problem(Path(sys.executable)) == ""
    assert problem(program(b"#!/bin/sh\n")) == ""


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"\x7fELF".ljust(18, b"\0") + (183).to_bytes(2, "little"), "made for arm64; this machine is amd64"),
        (b"\xcf\xfa\xed\xfe", "a program for macOS, not for Linux"),
        (b"MZ\x90", "a program for Windows, not for Linux"),
        (b"<!DOCTYPE html>", "no program"),
        (b"", "no program"),
    ],
)
def test_what_cannot_run_here_is_told(program, monkeypatch, head, told):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path = program(head)
    assert problem(path) == f"{path} is {told}"


def test_the_architecture_is_named_as_dapr_names_its_archives(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert architecture() == "arm64"
