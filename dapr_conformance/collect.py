"""Collection: one pytest item for each check of the bundle and for each check in a user's own test files."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dapr_conformance import content
from dapr_conformance.exit_status import counts_as_failed
from dapr_conformance.reporting import terminal
from dapr_conformance.requirement import Requirement, requirement_of
from dapr_conformance.verdict import CheckResult, Verdict

RUN: pytest.StashKey[Any] = pytest.StashKey()
_ERRORS = (Verdict.BLOCKED, Verdict.INCONCLUSIVE)


class ConformanceWarning(UserWarning):
    """A SHOULD is broken, or a limit of a component or of the runtime was met."""


class Suite(pytest.Directory):
    """One content folder of the bundle, or a folder below it."""

    def collect(self) -> Iterable[pytest.Collector]:
        """Give a collector for each folder and each file, ordered by path."""
        for path in sorted(self.path.iterdir()):
            if path.is_dir() and path.name != "__pycache__":
                yield Suite.from_parent(self, path=path, nodeid=content.stem(path))
            elif path.suffix == ".py" and path.name != "__init__.py":
                yield CheckFile.of(self, path)


class CheckFile(pytest.Collector):
    """One file of the bundle. No `pytest.File`, because --lf skips files whose items have ids of their own."""

    @classmethod
    def of(cls, parent: Suite, path: Path) -> CheckFile:
        """Give the collector of a file."""
        collector: CheckFile = cls.from_parent(parent, name=path.name, path=path, nodeid=f"{content.stem(path)}.py")
        return collector

    def collect(self) -> Iterable[pytest.Item]:
        """Give one item per decorated function, in the order in which they stand there."""
        try:
            with undisturbed():
                module = content.load(self.path)
        except Exception as error:
            place = _place(error, self.path)
            raise self.CollectError(f"{place}: this check file cannot be imported: {_said(error)}") from error
        for function in content.checks_in(module):
            yield CheckItem.of(self, content.stem(self.path), function)


class CheckItem(pytest.Item):
    """One check from one vantage. It is judged at set-up, so that what could not be decided counts as an error."""

    def __init__(self, *, function: Any, requirement: Requirement, check_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.requirement = requirement
        self.check_id = check_id
        self.row: CheckResult | None = None
        for word in ("", requirement.vantage, requirement.block, requirement.level):
            self._mark("_".join(filter(None, ("dapr", re.sub(r"\W", "_", word)))))
        self.own_markers += getattr(function, "pytestmark", [])

    def _mark(self, name: str) -> None:
        # Registered here, because a user's own check may name any building block and --strict-markers may be on.
        self.config.addinivalue_line("markers", f"{name}: checks of dapr-conformance")
        self.add_marker(name)

    @classmethod
    def of(cls, parent: Any, stem: str, function: Any, name: str = "") -> CheckItem:
        """Give the item of a decorated function; its node id is the check's id everywhere.

        `name` is the function's in a user's own file, where `file.py::name` has to find it.
        """
        requirement = requirement_of(function)
        assert requirement is not None
        side = f"[{requirement.vantage}]@{parent.config.stash[RUN].options.environment}"
        check_id = "::".join(filter(None, (stem, name))) + side
        shown = name + side if name else check_id
        item: CheckItem = cls.from_parent(
            parent, name=shown, nodeid=check_id, function=function, requirement=requirement, check_id=check_id
        )
        return item

    @property
    def own_file(self) -> str | None:
        """Give what names the file of a user's own check on the command line; None for a check of the bundle."""
        if isinstance(self.parent, CheckFile):
            return None
        return os.path.relpath(self.path, self.config.invocation_params.dir)

    def setup(self) -> None:
        """Judge the check; what is undecided or blocked ends here, as an error."""
        self.user_properties.append(("id", self.check_id))
        with undisturbed():
            self.row = self.config.stash[RUN].judge(self)
        self.user_properties += [("verdict", self.row.verdict.value), ("requirement", self.row.requirement)]
        if self.row.verdict is Verdict.UNSUPPORTED:
            pytest.skip(self.row.reason + (f" (enable: {self.row.enable})" if self.row.enable else ""))
        if self.row.verdict in _ERRORS:
            self._fail(self.row)

    def runtest(self) -> None:
        """Fail for a check that failed; warn for one that met a limit."""
        assert self.row is not None
        if self.row.known:
            pytest.xfail(self.row.reason)
        strict = self.config.stash[RUN].options.strict
        if self.row.verdict is Verdict.FLAKY or counts_as_failed(self.row, strict=strict):
            self._fail(self.row)
        if self.row.verdict in (Verdict.WARNED, Verdict.FAILED):
            self._warn(f"{self.check_id}: {self.row.reason or self.row.actual}")

    def _warn(self, message: str) -> None:
        try:
            self.warn(ConformanceWarning(message))
        except ConformanceWarning:  # `-W error`: the contract says passed; the summary and the report tell the limit
            return

    def _fail(self, row: CheckResult) -> None:
        shown = self.config.stash[RUN].run.report.shown_row(row)
        first = str(shown["actual"] if row.verdict is Verdict.FAILED else shown["reason"])
        # The first line is all that pytest's short summary and many CI pages show.
        pytest.fail("\n".join([first.partition("\n")[0], *terminal.failure(shown)]), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give the place of the check for pytest's reports."""
        return self.path, self.function.__code__.co_firstlineno - 1, self.check_id


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep a user's `-W error` from turning a warning of a library that a check uses into an exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def own_check(collector: pytest.Collector, name: str, function: Any) -> CheckItem:
    """Give the item of a check in a user's own test file."""
    path = os.path.relpath(collector.path, collector.config.rootpath)
    return CheckItem.of(collector, Path(path).with_suffix("").as_posix(), function, name)


def order(items: list[pytest.Item]) -> None:
    """Sort in place: a user's tests first, then checks, those of one arena together as their arenas first appear."""
    arenas: dict[object, int] = {}

    def place(item: pytest.Item) -> int:
        if not isinstance(item, CheckItem):
            return -1
        return arenas.setdefault(item.requirement.arena, len(arenas))

    items.sort(key=place)


def _place(error: BaseException, path: Path) -> str:
    """Give the line of a check file at which its import failed."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}:{error.lineno}"
    line, trace = None, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
        trace = trace.tb_next
    return str(path) if line is None else f"{path}:{line}"


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
