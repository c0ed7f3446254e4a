import pytest

from dapr_conformance.probes.ladder import R1, R2, R3, Climb, conclude
from dapr_conformance.verdict import Attribution, Verdict

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE


def climbs(*verdicts, first=R1):
    rungs = [R1, R2, R3] if first is R1 else [R2, R3]
    return [Climb(rung, verdict, "") for rung, verdict in zip(rungs, verdicts, strict=False)]


@pytest.mark.parametrize(
    ("verdicts", "culprit"),
    [
        ((PASSED,), Attribution.APP),
        ((FAILED, PASSED), Attribution.CONFIG),
        ((FAILED, FAILED, PASSED), Attribution.COMPONENT),
        ((FAILED, FAILED, FAILED), Attribution.RUNTIME),
        ((UNCLEAR, UNCLEAR, UNCLEAR), Attribution.APP),
    ],
)
def test_the_first_green_rung_names_the_culprit(verdicts, culprit):
    assert conclude("app", climbs(*verdicts))[0] is culprit


def test_sidecar_checks_never_accuse_the_app():
    assert conclude("sidecar", climbs(FAILED, FAILED, first=R2))[0] is Attribution.RUNTIME
