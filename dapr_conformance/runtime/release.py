"""Dapr's release archives: one archive for each program, and beside it a file with its SHA-256.

<base>/v<version>/<program>_linux_<architecture>.tar.gz and the same with `.sha256`, which `sha256sum -b` wrote
(Dapr's Makefile, target `archive`, and its workflow dapr.yml). What has no checksum or another one is never unpacked.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

from dapr_conformance.errors import RuntimeUnavailableError, UsageError
from dapr_conformance.runtime import download
from dapr_conformance.runtime.model import PROGRAMS
from dapr_conformance.runtime.order import Order
from dapr_conformance.runtime.program_file import architecture

VARIABLE = "DAPR_CONFORMANCE_RELEASES"
_BASE = "https://github.com/dapr/dapr/releases/download"
_CHECKSUM = re.compile(r"([0-9a-fA-F]{64})\b")


def base() -> str:
    """Give the address below which the versions lie: $DAPR_CONFORMANCE_RELEASES, else Dapr's own releases.

    Raises:
        UsageError: the variable holds no http(s) address, or one with a user name.

    """
    given = os.environ.get(VARIABLE) or _BASE
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise UsageError(
            f"{VARIABLE} is no http or https address without a user name",
            advice=f"give the folder of a mirror that holds v1.18.2/daprd_linux_{architecture()}.tar.gz",
        )
    return given.rstrip("/")


def source(version: str) -> str:
    """Name the archives of a version."""
    return f"release archives {base()}/v{version}/"


def fetch(order: Order) -> Path:
    """Download, verify and unpack the four programs, and give their folder.

    Raises:
        RuntimeUnavailableError: an archive or its checksum cannot be had, or the two do not fit.
        UsageError: as `base`.
        OSError: a file cannot be written.

    """
    names = {program: f"{program}_linux_{architecture()}.tar.gz" for program in PROGRAMS}
    folder = f"{base()}/v{order.version}"
    checksums = {program: _checksum(f"{folder}/{name}.sha256") for program, name in names.items()}
    order.programs.mkdir()
    for program, name in names.items():
        archive = order.place / name
        _verify(f"{folder}/{name}", download.save(f"{folder}/{name}", archive, order.report), checksums[program])
        _unpack(archive, program, order.programs)
        archive.unlink()
    return order.programs


def _checksum(url: str) -> str:
    content = download.text(url)
    found = _CHECKSUM.match(content)
    if not found:
        raise RuntimeUnavailableError(f"{url} holds no SHA-256 but {content[:40]!r} (a proxy's page?)")
    return found[1].lower()


def _verify(url: str, found: str, expected: str) -> None:
    if found != expected:
        raise RuntimeUnavailableError(
            f"{url} does not fit its checksum: its SHA-256 is {found}, the release says {expected}"
        )


def _unpack(archive: Path, program: str, folder: Path) -> None:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            member = next((one for one in tar if one.isfile() and Path(one.name).name == program), None)
            content = tar.extractfile(member) if member else None
            if content is None:
                raise RuntimeUnavailableError(f"{archive.name} holds no file {program}")
            with content, (folder / program).open("wb") as out:
                shutil.copyfileobj(content, out, 2**20)
    except (tarfile.TarError, EOFError) as error:
        raise RuntimeUnavailableError(f"{archive.name} is no archive: {error}") from error
    (folder / program).chmod(0o755)
