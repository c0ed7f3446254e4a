"""Collection: one pytest item for each check of the bundle and for each check in a user's own test files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dapr_conformance import content
from dapr_conformance.reporting import terminal
from dapr_conformance.requirement import Requirement, requirement_of
from dapr_conformance.verdict import CheckResult, Verdict

RUN: pytest.StashKey[Any] = pytest.StashKey()
_ERRORS = (Verdict.BLOCKED, Verdict.INCONCLUSIVE)


class ConformanceWarning(UserWarning):
    """A SHOULD is broken, or a limit of a component or of the runtime was met."""


class CheckFailedError(Exception):
    """A check did not pass; the text is the block that terminal and JUnit show."""

    def __init__(self, row: CheckResult) -> None:
        self.row = row
        super().__init__("\n".join(terminal.failure(row.to_json())))


class Suite(pytest.Directory):
    """One content folder of the bundle, or a folder below it."""

    def collect(self) -> Iterable[pytest.Item]:
        """Give one item per decorated function, ordered by path."""
        for path in content.files(self.path):
            for function in content.checks_in(content.load(path)):
                yield CheckItem.of(self, content.stem(path), function)


class CheckItem(pytest.Item):
    """One check from one vantage. It is judged at set-up, so that what could not be decided counts as an error."""

    def __init__(self, *, function: Any, requirement: Requirement, check_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.requirement = requirement
        self.check_id = check_id
        self.row: CheckResult | None = None
        for marker in ("dapr", f"dapr_{requirement.vantage}", f"dapr_{requirement.block}", f"dapr_{requirement.level}"):
            self.add_marker(marker)

    @classmethod
    def of(cls, parent: Any, stem: str, function: Any) -> CheckItem:
        """Give the item of a decorated function; its node id is the check's id everywhere."""
        requirement = requirement_of(function)
        assert requirement is not None
        infra = parent.config.stash[RUN].options.infra
        check_id = f"{stem}[{requirement.vantage}]@{infra}"
        item: CheckItem = cls.from_parent(
            parent, name=check_id, nodeid=check_id, function=function, requirement=requirement, check_id=check_id
        )
        return item

    def setup(self) -> None:
        """Judge the check; what is undecided or blocked ends here, as an error."""
        self.row = self.config.stash[RUN].judge(self)
        self.user_properties += [("verdict", self.row.verdict.value), ("requirement", self.row.requirement)]
        if self.row.verdict is Verdict.UNSUPPORTED:
            pytest.skip(self.row.reason + (f" (enable: {self.row.enable})" if self.row.enable else ""))
        if self.row.verdict in _ERRORS:
            raise CheckFailedError(self.row)

    def runtest(self) -> None:
        """Raise for a check that failed; warn for one that met a limit."""
        assert self.row is not None
        if self.row.verdict is Verdict.FLAKY or _counts(self.row):
            raise CheckFailedError(self.row)
        if self.row.verdict in (Verdict.WARNED, Verdict.FAILED):
            message = f"{self.check_id}: {self.row.reason or self.row.actual}"
            self.warn(ConformanceWarning(message))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """Give the check's own block; a traceback only for the harness' own faults."""
        if isinstance(excinfo.value, CheckFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Give the place of the check for pytest's reports."""
        return self.path, None, self.check_id


def _counts(row: CheckResult) -> bool:
    return row.verdict is Verdict.FAILED and (row.attribution is None or row.attribution.value in ("app", "config"))


def order(items: list[pytest.Item]) -> None:
    """Sort in place: checks of one arena stay together, in the order in which their arenas first appear."""
    arenas: dict[object, int] = {}

    def place(item: pytest.Item) -> int:
        if not isinstance(item, CheckItem):
            return -1
        return arenas.setdefault(item.requirement.arena, len(arenas))

    items.sort(key=place)
