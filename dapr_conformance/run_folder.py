"""The temporary folder of one run: logs, generated files, the warden's ledger."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dapr_conformance.errors import BlockedError

# SQLite, which stands in for state stores, takes no path above 512 bytes; the deepest file of a run has about 100.
_LONGEST = 400


def made() -> Path:
    """Make the folder.

    Raises:
        BlockedError: no temporary folder can be written to, or it is too deep.

    """
    advice = "set TMPDIR to a folder that can be written to, such as /tmp"
    try:
        folder = Path(tempfile.mkdtemp(prefix="dapr-conformance-"))
    except OSError as error:
        problem = f"cannot make a temporary folder: {error.strerror}: {error.filename}"
        raise BlockedError(problem, advice=advice) from error
    if len(os.fsencode(folder)) > _LONGEST:
        folder.rmdir()
        problem = f"the temporary folder {folder.parent} is too long for SQLite, which takes paths up to 512 bytes"
        raise BlockedError(problem, advice="set TMPDIR to a shorter one, such as /tmp")
    return folder
