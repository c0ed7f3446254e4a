"""Files over HTTP: streamed, hashed on the way, with progress, and given up when they come too slowly."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime.progress import Progress

_BLOCK = 2**16
MEGABYTE = 10**6


@dataclass(frozen=True)
class Patience:
    """How slow a server may be: silent for `silence` seconds, or below `least` bytes in every `window` seconds.

    By default 10 kB/s: an archive at that pace takes two hours, and a build takes ten minutes.
    """

    silence: float = 15.0
    window: float = 30.0
    least: int = 300_000


PATIENCE = Patience()


def text(url: str, patience: Patience = PATIENCE) -> str:
    """Give the first 64 KB of a small file.

    Raises:
        RuntimeUnavailableError: it cannot be had; names the address and the reason.

    """
    with _network(url), _opened(url, patience) as answer:
        content: bytes = answer.read(_BLOCK)
        return content.decode("utf-8", errors="replace")


def save(url: str, file: Path, report: Callable[[str], None], patience: Patience = PATIENCE) -> str:
    """Write a file and give its SHA-256 in hexadecimal.

    Raises:
        RuntimeUnavailableError: it cannot be had whole; names the address and the reason.
        OSError: `file` cannot be written.

    """
    digest = hashlib.sha256()
    with _network(url):
        answer = _opened(url, patience)
    with answer, file.open("wb") as out:
        for block in _blocks(url, answer, report, patience):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _opened(url: str, patience: Patience) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "dapr-conformance"})  # noqa: S310 - as below
    return urllib.request.urlopen(request, timeout=patience.silence)  # noqa: S310 - release.base() takes http(s) alone


def _blocks(url: str, answer: Any, report: Callable[[str], None], patience: Patience) -> Iterator[bytes]:
    whole = int(answer.headers.get("Content-Length") or 0)
    had = 0
    name = url.rpartition("/")[2]
    size = f"{whole / MEGABYTE:.0f} MB" if whole else "of unknown size"
    report(f"downloading {name}, {size}")

    def state() -> tuple[str, None]:  # no percentage: a line at every tenth would be forty in five seconds
        return f"downloading {name}: {had / MEGABYTE:.0f} MB, {size} in all", None

    progress = Progress(report, state)
    pace = _pace(url, patience)
    while True:
        with _network(url):
            block = answer.read1(_BLOCK)
        if not block:
            break
        had += len(block)
        progress.look()
        pace(had)
        yield block
    if had < whole:
        raise RuntimeUnavailableError(f"{url} was cut off after {had} of {whole} bytes")


def _pace(url: str, patience: Patience) -> Callable[[int], None]:
    """Give what is told the bytes had so far and raises when a window brought too few."""
    began, before = time.monotonic(), 0

    def check(had: int) -> None:
        nonlocal began, before
        now = time.monotonic()
        if now - began < patience.window:
            return
        if had - before < patience.least:
            raise RuntimeUnavailableError(
                f"{url} comes too slowly: {had - before} bytes in the last {now - began:.0f} s"
            )
        began, before = now, had

    return check


@contextmanager
def _network(url: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise RuntimeUnavailableError(f"{url} answers {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise RuntimeUnavailableError(f"{url} stopped answering") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise RuntimeUnavailableError(f"{url} cannot be reached: {reason}") from error
