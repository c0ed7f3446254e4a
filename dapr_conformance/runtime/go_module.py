"""Dapr as a Go module: fetched through the user's module proxy and wrapped into a module of our own.

`go install github.com/dapr/dapr/cmd/daprd@vX` is refused, because Dapr's go.mod has replace lines. So the build runs
in a throw-away module that requires Dapr and carries Dapr's own requirements, replacements and checksums.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

MODULE = "github.com/dapr/dapr"

_NAME = re.compile(r"^module .*$", flags=re.MULTILINE)


def answer_of(download: Path) -> tuple[Path | None, str]:
    """Read the output of `go mod download -json`: the module's folder, or None and the error that Go gives."""
    try:
        answer = json.loads(download.read_text(encoding="utf-8"))
    except ValueError:
        return None, ""
    return (Path(answer["Dir"]), "") if "Dir" in answer else (None, answer.get("Error", ""))


def write_wrapper(source: Path, version: str, place: Path) -> None:
    """Write go.mod and go.sum of the throw-away module into `place`.

    Args:
        source: the folder of Dapr's own module.
        version: the Dapr version, without a leading v.
        place: an existing folder.

    """
    own = (source / "go.mod").read_text(encoding="utf-8")
    wrapped = _NAME.sub("module localbuild", own, count=1) + f"\nrequire {MODULE} v{version}\n"
    (place / "go.mod").write_text(wrapped, encoding="utf-8")
    # The checksum database does not know all of Dapr's dependencies; Dapr's own go.sum does. copyfile leaves the
    # module cache's read-only mode behind, for `go` amends the file.
    shutil.copyfile(source / "go.sum", place / "go.sum")
