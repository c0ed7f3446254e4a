"""The command from start to end: the target, its app beside a sidecar, what they show, the manifest."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dapr_conformance import interrupt
from dapr_conformance.chosen import Chosen
from dapr_conformance.environment.start import ArenaFailedError
from dapr_conformance.environment.waiting import listen_s
from dapr_conformance.errors import ConformanceError, HarnessError, Location, TargetError, UsageError
from dapr_conformance.init import described, files, samples, shown, trial
from dapr_conformance.init.page import page
from dapr_conformance.init.proposal import Proposal
from dapr_conformance.options import Options
from dapr_conformance.probes.check import Check, Selection
from dapr_conformance.probes.engine import Engine, Facts
from dapr_conformance.probes.examples import hypothesis_files_in
from dapr_conformance.requirement import Arena, Requirement
from dapr_conformance.runtime import expectations
from dapr_conformance.runtime.cache import default_root
from dapr_conformance.target import manifest as manifest_file
from dapr_conformance.target import openapi, pyproject
from dapr_conformance.target.model import Target
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.client import Warden

Say = Callable[[str], None]
_NOBODY = Requirement("", "init", "init", "app", "")


class AppFailedError(ConformanceError):
    """The app, or a file of it, keeps it from running beside its sidecar (exit status 1)."""

    exit_status = 1


class NotRunningError(ConformanceError):
    """The app does not run for a reason that is not its own (exit status 6)."""

    exit_status = 6


def run(options: Options, directory: Path, *, output: Path | None, force: bool, offline: bool, say: Say) -> Path:
    """Write the manifest and give its path.

    Args:
        options: those of a run.
        directory: where the user stands.
        output: where it goes; None for `dapr-conformance.yaml` beside the run file.
        force: overwrite what is there.
        offline: read files only, start nothing.
        say: is told each step.

    An app that listens on no port shows nothing, so of one only files are read.

    Raises:
        ConformanceError: wrong use, the app does not start, or the file cannot be written.

    """
    listen_s()
    chosen = Chosen(options, directory, undeclared=True)
    target = chosen.target(options.app_id)
    path = _place(target, directory, output, force=force)
    siblings = tuple(chosen.target(app.app_id) for app in target.siblings) if options.siblings == "real" else ()
    found = samples.of_project(target.app.directory)
    offline = offline or target.app.port is None
    if offline:
        say(f"reading the files of {target.app_id}; nothing is started")
        proposals, topics = files.proposals(target, found), files.topics(target)
    else:
        with _running(chosen, target, siblings, say) as check:
            proposals, topics = _found(check, found, say)
    proposals += shown.critical(target)
    text = page(_head(target, offline=offline), proposals, topics)
    _write(path, text)
    return path


def _place(target: Target, directory: Path, output: Path | None, *, force: bool) -> Path:
    source = Path(target.source)
    folder = source.parent if source.is_file() else directory
    path = directory / output if output else folder / manifest_file.FILE_NAME
    table = None if output else pyproject.table(folder / pyproject.FILE_NAME)
    if table is not None:
        advice = "write elsewhere with --output=FILE, and take over by hand what is of use"
        raise TargetError("the manifest stands in this table", location=table.location(), advice=advice)
    if path.exists() and not force:
        advice = "write elsewhere with --output=FILE, or overwrite it with --force"
        raise TargetError("there is a manifest already", location=Location(path), advice=advice)
    return path


@contextmanager
def _running(chosen: Chosen, target: Target, siblings: tuple[Target, ...], say: Say) -> Iterator[Check]:
    """Give the app beside its sidecar, as a run starts it; what was started is ended, whatever happens."""
    interrupt.once()
    runtime = chosen.runtime(say)
    folder, isolate = Path(tempfile.mkdtemp(prefix="dapr-conformance-")), chosen.options.isolate == "auto"
    ports = {port for one in (target, *siblings) for port in one.app.literal_ports}
    warden = Warden.launch(folder, secrets.token_hex(6), temporary=True, ports=ports, isolate=isolate)
    rules = expectations.for_version(runtime.version)
    engine = Engine(Facts(target, siblings, runtime, rules, warden, folder, sys.executable))
    try:
        say(f"starting {target.app_id} beside daprd {runtime.version}")
        environment = engine.environment(Arena())
        with hypothesis_files_in(default_root() / "hypothesis"):
            yield engine.check("init", _NOBODY, environment, Selection(1, 1))
    except ArenaFailedError as error:
        raise _not_running(error) from None
    finally:
        with interrupt.ignored():
            engine.close_arena()
            warden.finish()
            warden.close()
            shutil.rmtree(folder, ignore_errors=True)


def _not_running(error: ArenaFailedError) -> ConformanceError:
    death = error.death
    own = death.attribution in (Attribution.APP, Attribution.CONFIG)
    words = "\n".join(f"  {line}" for line in death.last_words[-10:])
    advice = "see that it starts by its own command, or read files only with --offline"
    problem = f"{death.reason}\n{words}".rstrip()
    return (AppFailedError if own else NotRunningError)(problem, location=death.location, advice=advice)


def _found(check: Check, found: Sequence[samples.Sample], say: Say) -> tuple[list[Proposal], list[str]]:
    say("asking for /openapi.json, and in other places")
    place, document = shown.document(check, check.target.app.directory)
    say(f"found {place}" if place else "found no OpenAPI document")
    topics = shown.topics(check)
    proposals = _records(check, place, document, say)
    say("trying health routes, routes and events")
    proposals += shown.health_routes(check)
    routes = shown.routes(check, openapi.routes(document), found, place)
    if routes:
        origin = f"tried: these answer 2xx{', and those with echo show what they get' if _has_echo(routes) else ''}"
        proposals.append(Proposal(("invoke", "routes"), routes, origin))
    proposals += shown.valid_events(check, found)
    check.environment.raise_if_dead()
    return proposals, topics


def _has_echo(routes: Sequence[dict[str, Any]]) -> bool:
    return any(route.get("echo") for route in routes)


def _records(check: Check, place: str, document: Any, say: Say) -> list[Proposal]:
    """Give the lines of the first kind of record that works, else of the best one as comments."""
    tried: list[list[Proposal]] = []
    for each in described.records(openapi.operations(document), document):
        say(f"trying {each.save.method} {each.path} as the routes of a record")
        tried.append(list(trial.record(check, each, document, place)))
        if any(one.sure for one in tried[-1]):
            return tried[-1]
    return tried[0] if tried else []


def _head(target: Target, *, offline: bool) -> list[str]:
    how = "from files only, not tried" if offline else "from what the running app shows, and tried on it"
    return [
        f"What dapr-conformance cannot see from outside of {target.app_id!r}.",
        f"Written by `dapr-conformance init`, {how}.",
        "Each line says where it comes from. What stands behind a # is to be filled in: undeclared means unsupported.",
        "{id} is an identifier that dapr-conformance draws itself.",
    ]


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        manifest_file.read(new)
        new.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", advice="give another --output=FILE") from None
    except TargetError as error:
        raise HarnessError(f"what init wrote is no manifest: {error.problem}", location=error.location) from None
    finally:
        new.unlink(missing_ok=True)
