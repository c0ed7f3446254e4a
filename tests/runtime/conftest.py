"""Fake programs: shell scripts in a folder that is all of PATH, and a HOME of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

VERSION = "1.18.2"
NO_SERVER = "http://127.0.0.1:1"
SHELL = "#!/bin/sh\nPATH=/usr/bin:/bin\n"

# A `go` that knows the four calls of a build. `build` prints two packages, waits for the file `gate`, and writes
# programs that answer --version with the stamped version. All of its calls are counted in the file `calls`.
FAKE_GO = """
echo "$1" >> "{calls}"
case "$1" in
env) echo go{go} ;;
mod) cat "{answer}" ;;
list) echo "go: downloading example.com/m v1.0.0" >&2
      printf 'example.com/a\\n\\nexample.com/b\\ngithub.com/dapr/dapr/cmd/daprd\\n' ;;
build)
  while [ "$1" != -o ]; do
    case "$1" in *buildinfo.version=*) version="${{1##*version=}}" ;; esac
    shift
  done
  echo $$ > "{pid}"
  echo example.com/a >&2; echo example.com/b >&2
  until [ -e "{gate}" ]; do sleep 0.02; done
  if [ -s "{gate}" ]; then cat "{gate}" >&2; exit 1; fi
  mkdir -p "$2"
  for name in daprd placement scheduler sentry; do
    printf '#!/bin/sh\\necho %s\\n' "$version" > "$2/$name"
    chmod +x "$2/$name"
  done ;;
esac
"""

RUN = """
import sys
from pathlib import Path
from dapr_conformance.errors import ConformanceError
from dapr_conformance.runtime.provider import provide
try:
    found = provide(sys.argv[1], lambda line: print(line, flush=True), Path(sys.argv[2]))
except ConformanceError as error:
    sys.exit(error.text())
print("RESULT", found.daprd)
"""


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process is at work; one that has ended but was not looked after yet is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@dataclass
class Machine:
    """A machine with nothing on it: `path` is all of PATH, `home` is HOME, `cache` the tool's cache."""

    path: Path
    home: Path
    cache: Path
    folder: Path

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SHELL + text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def dapr(self, folder: Path, version: str = VERSION, leave_out: str = "") -> Path:
        for name in {"daprd", "placement", "scheduler", "sentry"} - {leave_out}:
            self.script(folder / name, f'[ "$1" = --version ] && echo {version}\n')
        return folder / "daprd"

    def go(self, version: str = "1.26.8") -> Path:
        return self.script(self.path / "go", self.go_text(version))

    def go_text(self, version: str) -> str:
        names = {name: self.folder / name for name in ("calls", "gate", "pid", "answer")}
        module = self.folder / "module"
        module.mkdir(exist_ok=True)
        (module / "go.mod").write_text("module github.com/dapr/dapr\n\ngo 1.26.5\n", encoding="utf-8")
        (module / "go.sum").write_text("sum\n", encoding="utf-8")
        names["answer"].write_text(json.dumps({"Dir": str(module)}), encoding="utf-8")
        return FAKE_GO.format(go=version, **names)

    def open_gate(self, go_error: str = "") -> None:
        gate = self.folder / "gate.new"
        gate.write_text(go_error, encoding="utf-8")
        gate.rename(self.folder / "gate")

    def calls(self, name: str) -> int:
        return (self.folder / "calls").read_text(encoding="utf-8").split().count(name)

    def pid(self) -> int:
        """The process of the fake `go build`, once it runs."""
        file = self.folder / "pid"
        wait_for(lambda: file.exists() and file.read_text(encoding="utf-8").endswith("\n"), "go build")
        return int(file.read_text(encoding="utf-8"))

    def start(self) -> subprocess.Popen[str]:
        """A process of its own that runs provide()."""
        releases = os.environ["DAPR_CONFORMANCE_RELEASES"]
        env = {"PATH": str(self.path), "HOME": str(self.home), "DAPR_CONFORMANCE_RELEASES": releases}
        env["PYTHONPATH"] = os.pathsep.join(sys.path)
        argv = [sys.executable, "-c", RUN, VERSION, str(self.cache)]
        return subprocess.Popen(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    path, home = tmp_path / "path", tmp_path / "home"
    path.mkdir()
    home.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("DAPR_CONFORMANCE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("DAPR_CONFORMANCE_RELEASES", NO_SERVER)
    return Machine(path, home, tmp_path / "a cache", tmp_path)


@pytest.fixture
def said():
    """The lines that were reported."""
    return []


@pytest.fixture
def ended():
    """Waits until none of these processes runs; SIGKILL is sent at once but takes its time."""
    return lambda *pids: wait_for(lambda: not any(map(is_running, pids)), f"end of {pids}")
