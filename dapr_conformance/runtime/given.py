"""The programs that `--dapr-runtime-path` names. A folder that the user names is used or refused, never passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from dapr_conformance.errors import UsageError
from dapr_conformance.runtime import program_file
from dapr_conformance.runtime.model import PROGRAMS, Runtime, runtime_in
from dapr_conformance.runtime.search import daprd_version
from dapr_conformance.runtime.versions import DEFAULT, FORM, supported

_OPTION = "--dapr-runtime-path"


def runtime(folder: Path, version: str | None, report: Callable[[str], None]) -> Runtime:
    """Give the four programs of a folder.

    Only daprd can be asked for its version; the other three are taken to be of the same one. A daprd that was built by
    hand calls itself `edge`: it is judged as the version that is asked for.

    Args:
        folder: what holds daprd, placement, scheduler and sentry.
        version: the version that must be there; None takes the one that is.
        report: takes a line where a daprd without a release's version is used.

    Raises:
        UsageError: a program is missing or not for this machine, or the version is another one.

    """
    _check_files(folder)
    own = daprd_version(folder / "daprd")
    if not own:
        raise UsageError(
            f"{_OPTION}: {folder / 'daprd'} does not answer `--version`",
            advice=f"run `{folder / 'daprd'} --version` and see what it says",
        )
    found = runtime_in(folder.absolute(), _judged_as(folder, own, version, report), f"{_OPTION}={folder}")
    if found is None:
        raise UsageError(f"{_OPTION}={folder}: its programs were taken away just now")
    return found


def _check_files(folder: Path) -> None:
    if not folder.is_dir():
        kind = "this is a file" if folder.is_file() else "there is no such folder"
        raise UsageError(f"{_OPTION}={folder}: {kind}", advice="name the folder that daprd lies in")
    problems = [problem for name in PROGRAMS if (problem := program_file.problem(folder / name))]
    if problems:
        raise UsageError(
            f"{_OPTION}={folder}: " + "; ".join(problems),
            advice=f"put {', '.join(PROGRAMS)} of one release for linux_{program_file.architecture()} there, "
            "each with its execute permission (chmod +x)",
        )


def _judged_as(folder: Path, own: str, version: str | None, report: Callable[[str], None]) -> str:
    released = re.fullmatch(FORM, own) is not None
    if own == version or (released and version is None):
        return supported(own)
    if version is None:
        raise UsageError(
            f"{_OPTION}: {folder / 'daprd'} calls itself {own!r}, which is no release",
            advice=f"add --dapr-runtime-version with the release that it is to be judged as, for example {DEFAULT}",
        )
    if released:
        raise UsageError(
            f"{_OPTION}: {folder / 'daprd'} is Dapr {own}, but --dapr-runtime-version={version} is asked for",
            advice=f"leave --dapr-runtime-version out, or name a folder with Dapr {version}",
        )
    report(f"{folder / 'daprd'} calls itself {own!r}, which is no release: judged as Dapr {version}")
    return version
