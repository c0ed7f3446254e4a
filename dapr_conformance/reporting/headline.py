"""The one sentence of a run: conformant or not, from the exit status and the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dapr_conformance.verdict import MERGE_ORDER, Verdict, breaks_run

PASS, FAIL, INCONCLUSIVE = "PASS", "FAIL", "INCONCLUSIVE"

# Worst first, as verdicts are merged: the order in which a reader wants to hear them.
ORDER = tuple(verdict.value for verdict in MERGE_ORDER)

_UNFINISHED = {
    None: "the run was killed before it could finish",
    2: "the run was interrupted before it could finish",
    3: "a check or the harness itself broke, so nothing is certain",
    4: "wrong usage, nothing was judged",
    5: "no check was collected",
    6: "the environment got in the way",
    7: "too little was judged: no MUST of the app's side passed",
    "strict": "something could not be judged, which --dapr-strict does not let pass",
}


@dataclass(frozen=True)
class Headline:
    """`word` is PASS, FAIL or INCONCLUSIVE, `predicate` says the same of the app, `reason` is why, in one clause."""

    word: str
    predicate: str
    reason: str


def counts(results: Mapping[str, Any]) -> dict[str, int]:
    """Give how many checks ended with each verdict, worst first, without those that did not occur."""
    found = Counter(str(row["verdict"]) for row in results["checks"])
    return {verdict: found[verdict] for verdict in ORDER if found[verdict]}


def headline(results: Mapping[str, Any]) -> Headline:
    """Judge the run as a whole.

    A MUST that failed stays a failure when the run was cut short afterwards: the status then says how the run
    ended (2, 3 or none), the headline says both.
    """
    status = results["run"]["exit_status"]
    ended = _UNFINISHED.get(status, f"the run ended with status {status}")
    strict = bool(results["run"].get("strict"))
    broken = sum(_breaks(row, strict=strict) for row in results["checks"])
    if broken:
        reason = f"{broken} {'requirement is' if broken == 1 else 'requirements are'} not kept"
        return Headline(FAIL, "is not conformant", reason if status == 1 else f"{reason}; {ended}")
    if status == 1:
        return Headline(FAIL, "is not conformant", "a test outside dapr-conformance failed, none of its checks did")
    known = sum(bool(row.get("known")) for row in results["checks"])
    if status == 0 and known:
        return Headline(PASS, "keeps to its baseline", f"{known} known failures, no other MUST is broken")
    if status == 0:
        return Headline(PASS, "is conformant", "every MUST that could be judged holds")
    if status == 7 and strict and any(_judged(row) for row in results["checks"]):
        return Headline(INCONCLUSIVE, "was not judged", _UNFINISHED["strict"])
    return Headline(INCONCLUSIVE, "was not judged", ended)


def _judged(row: Mapping[str, Any]) -> bool:
    return row["vantage"] != "sidecar" and row["verdict"] in (Verdict.PASSED.value, Verdict.WARNED.value)


def _breaks(row: Mapping[str, Any], *, strict: bool) -> bool:
    """Tell whether this row alone makes an app not conformant (exit status 1)."""
    known = bool(row.get("known"))
    return breaks_run(row["verdict"], row["level"], row["attribution"], known=known, strict=strict)
