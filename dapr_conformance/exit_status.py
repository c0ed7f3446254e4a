"""From the rows of the ledger to the exit status, by the contract's precedence 2 > 3 > 1 > 6 > 7 > 0."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dapr_conformance.verdict import CheckResult, Verdict, breaks_run

CONFORMANT, FAILED, INTERRUPTED, HARNESS, USAGE, NOTHING, BLOCKED, NOTHING_JUDGED = range(8)
_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED)


def exit_status(
    rows: Sequence[CheckResult],
    *,
    pytest_status: int,
    selected: int,
    user_failures: int,
    error: int = CONFORMANT,
    strict: bool = False,
    vantages: Collection[str] = ("app", "system"),
) -> int:
    """Give the exit status of a run.

    Args:
        rows: every row of the ledger.
        pytest_status: what pytest itself would answer (0 to 5).
        selected: how many checks of MUST level were selected of which one has to pass.
        user_failures: how many tests of the user's own failed.
        error: the status of the error that ended the run early or broke its end, 0 for none.
        strict: whether findings about components and the runtime, and what could not be judged, count.
        vantages: from which a MUST has to pass, or nothing was judged.

    """
    for early in (INTERRUPTED, USAGE, NOTHING):
        if early in (pytest_status, error):
            return early
    if HARNESS in (pytest_status, error) or any(row.harness_fault for row in rows):
        return HARNESS
    if user_failures or any(counts_as_failed(row, strict=strict) for row in rows):
        return FAILED
    if error == BLOCKED or any(row.verdict is Verdict.BLOCKED for row in rows):
        return BLOCKED
    nothing = selected and not any(_judged(row, vantages) for row in rows)
    unjudged = strict and any(row.verdict in _UNJUDGED for row in rows)
    return NOTHING_JUDGED if nothing or unjudged else CONFORMANT


def counts_as_failed(row: CheckResult, *, strict: bool) -> bool:
    """Tell whether a row makes the run fail; the rule is `verdict.breaks_run`."""
    attribution = row.attribution.value if row.attribution else None
    return breaks_run(row.verdict.value, row.level, attribution, known=row.known, strict=strict)


def _judged(row: CheckResult, vantages: Collection[str]) -> bool:
    # A warning about a process is no promise that was kept.
    passed = row.verdict is Verdict.PASSED or (row.verdict is Verdict.WARNED and row.vantage != "system")
    return passed and row.level == "must" and row.vantage in vantages
