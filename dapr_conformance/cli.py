"""The command `dapr-conformance`: what is not a pytest run."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from dapr_conformance import target_commands
from dapr_conformance.errors import ConformanceError, UsageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status (0: fine, 1: a check is wrong, else as for a pytest run)."""
    try:
        chosen = _parser().parse_args(arguments)
        return int(chosen.run(chosen))
    except ConformanceError as error:
        print(f"dapr-conformance: {error.text()}", file=sys.stderr)  # noqa: T201 - this is a command
        return error.exit_status
    except KeyboardInterrupt:
        return 2
    except BrokenPipeError:  # whoever reads the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """One whose errors are those of every wrong use: status 4, as 2 means that a run was interrupted."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, advice=f"{self.prog} --help says what there is")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dapr-conformance",
        description="Judge Dapr apps by `pytest --dapr-target=APP_ID`; this command holds what stands beside that.",
    )
    commands = parser.add_subparsers(title="commands", required=True)
    selftest = commands.add_parser(
        "selftest",
        help="prove that every check can fail: run each against its planted faults and against known-good apps",
        description="Prints one line per check and planted fault. Exit status 1 if a fault survives or a "
        "known-good app raises an alarm.",
    )
    selftest.add_argument("wanted", nargs="?", default="", help="only checks whose id contains this text")
    selftest.add_argument("--examples", type=int, default=100, help="generated examples of each part; default 100")
    selftest.add_argument(
        "--quick",
        action="store_true",
        help="a quarter of the examples for unusual but correct apps, which are half of the rows; faults get them all",
    )
    selftest.add_argument("--seed", type=int, help="seed of the examples; default: drawn and printed")
    selftest.add_argument("--runtime-version", default="1.18.2", help="Dapr runtime to use; default 1.18.2")
    selftest.set_defaults(run=_selftest)
    explain = commands.add_parser(
        "explain",
        help="say what a property demands, where the rule stands, how it is checked and what is proven to be caught",
        description="Examples: dapr-conformance explain 12; dapr-conformance explain 'dead letter'.",
    )
    explain.add_argument("wanted", metavar="PROPERTY", help="a number, or a part of a title, block or check id")
    explain.set_defaults(run=_explain)
    commands.add_parser(
        "doctor",
        help="say what is on this machine, what is missing and how to get it",
        description="Reads and asks, starts nothing. Exit status 0 if an app can be judged now, 6 if not.",
    ).set_defaults(run=_doctor)
    target_commands.add(commands)
    _add_runtime(
        commands.add_parser("runtime", help="get, list or remove the Dapr versions that apps are judged beside")
    )
    return parser


def _add_runtime(runtime: argparse.ArgumentParser) -> None:
    commands = runtime.add_subparsers(title="commands", required=True)
    install = commands.add_parser(
        "install",
        help="get a Dapr version now instead of at the first run",
        description="Looks on PATH, in the Dapr CLI's folder and in the cache; else takes Dapr's container image or "
        "release archives; else builds it, which takes minutes.",
    )
    install.add_argument("version", nargs="?", default="1.18.2", help="default 1.18.2")
    install.set_defaults(run=_install)
    commands.add_parser("list", help="show the versions in the cache and their size").set_defaults(run=_list)
    remove = commands.add_parser("remove", help="delete a version from the cache")
    remove.add_argument("version")
    remove.set_defaults(run=_remove)


def _install(chosen: argparse.Namespace) -> int:
    from dapr_conformance.runtime.provider import provide

    _say(f"{provide(chosen.version, _say).daprd}")
    return 0


def _list(_chosen: argparse.Namespace) -> int:
    from dapr_conformance.runtime import stock
    from dapr_conformance.runtime.cache import Cache, default_root

    cache = Cache(default_root())
    found = stock.versions(cache)
    for version, size in found.items():
        _say(f"{version}  {size / 10**6:.0f} MB  {cache.runtimes / version}")
    if not found:
        _say(f"no Dapr version in {cache.runtimes}")
    return 0


def _remove(chosen: argparse.Namespace) -> int:
    from dapr_conformance.runtime import stock
    from dapr_conformance.runtime.cache import Cache, default_root

    stock.remove(Cache(default_root()), chosen.version, _say)
    _say(f"Dapr {chosen.version} is removed")
    return 0


def _explain(chosen: argparse.Namespace) -> int:
    from dapr_conformance import explain

    for stem, function in explain.checks(chosen.wanted):
        for line in explain.lines(stem, function):
            _say(line)
    return 0


def _doctor(_chosen: argparse.Namespace) -> int:
    from dapr_conformance.doctor import examine

    return examine.tell(examine.examine(), _say)


def _selftest(chosen: argparse.Namespace) -> int:
    from dapr_conformance.selftest import matrix, program

    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(2**32)
    variants = chosen.examples // 4 if chosen.quick else chosen.examples
    effort = matrix.Effort(chosen.examples, seed, variants)
    _say(f"selftest: seed {seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dapr-conformance-") as folder:
        found = program.run(Path(folder), chosen.wanted, effort, chosen.runtime_version, _say)
    wrong = [row for row in found if not row.right]
    _say(f"selftest: {len(found) - len(wrong)} of {len(found)} right in {time.monotonic() - began:.0f} s")
    return 1 if wrong or not found else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command
