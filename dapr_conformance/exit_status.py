"""From the rows of the ledger to the exit status, by the contract's precedence 2 > 3 > 1 > 6 > 7 > 0."""

from __future__ import annotations

from collections.abc import Sequence

from dapr_conformance.verdict import Attribution, CheckResult, Verdict

CONFORMANT, FAILED, INTERRUPTED, HARNESS, USAGE, NOTHING, BLOCKED, NOTHING_JUDGED = range(8)
_OWN_FAULT = (Attribution.APP, Attribution.CONFIG)


def exit_status(
    rows: Sequence[CheckResult],
    *,
    pytest_status: int,
    selected: int,
    user_failures: int,
    error: int = CONFORMANT,
) -> int:
    """Give the exit status of a run.

    Args:
        rows: every row of the ledger.
        pytest_status: what pytest itself would answer (0 to 5).
        selected: how many checks of MUST level and app vantage were selected.
        user_failures: how many tests of the user's own failed.
        error: the status of the error that ended the run early or broke its end, 0 for none.

    """
    for early in (INTERRUPTED, USAGE, NOTHING):
        if early in (pytest_status, error):
            return early
    if HARNESS in (pytest_status, error) or any(row.harness_fault for row in rows):
        return HARNESS
    if user_failures or any(_failed(row) for row in rows):
        return FAILED
    if error == BLOCKED or any(row.verdict is Verdict.BLOCKED for row in rows):
        return BLOCKED
    return NOTHING_JUDGED if selected and not any(_judged(row) for row in rows) else CONFORMANT


def _failed(row: CheckResult) -> bool:
    if row.level != "must":
        return False
    if row.verdict is Verdict.FLAKY:
        return True
    return row.verdict is Verdict.FAILED and row.attribution in _OWN_FAULT


def _judged(row: CheckResult) -> bool:
    passed = row.verdict in (Verdict.PASSED, Verdict.WARNED)
    return passed and row.level == "must" and row.vantage in ("app", "system")
