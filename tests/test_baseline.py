import json

import pytest

from dapr_conformance.baseline import Baseline, read
from dapr_conformance.errors import UsageError
from dapr_conformance.exit_status import exit_status
from dapr_conformance.verdict import Attribution, CheckResult, Verdict

APP = "properties/state/round_trip[app]@embedded"
SIDECAR = "properties/state/round_trip[sidecar]@embedded"


def row(check_id, verdict, attribution=None):
    return CheckResult(check_id, "property", 2, "", "must", "state", "app", "embedded", verdict, attribution)


def test_a_list_has_one_id_on_each_line_and_comments(tmp_path):
    file = tmp_path / "known.txt"
    file.write_text(f"# until the next release\n\n{APP}  # issue 7\n{SIDECAR}\n")
    assert read(file).lines == {APP: 3, SIDECAR: 4}


def test_an_earlier_report_is_a_list_of_its_failures(tmp_path):
    file = tmp_path / "results.json"
    rows = [
        {"id": APP, "verdict": "failed"},
        {"id": "x[app]@e", "verdict": "flaky"},
        {"id": SIDECAR, "verdict": "passed"},
    ]
    file.write_text(json.dumps({"checks": rows}))
    assert read(file).lines == {APP: None, "x[app]@e": None}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense\n", ("known.txt:1", "'nonsense' is no id of a check", "every report shows them")),
        (f"{APP}\n{APP[:-9]}\n", ("known.txt:2",)),
        ('{"checks": 5}', ("this is no results.json",)),
        ('{"checks"', ("this is no results.json",)),
    ],
)
def test_what_is_no_baseline_is_wrong_usage_with_its_line(tmp_path, text, words):
    file = tmp_path / "known.txt"
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        read(file)
    for word in words:
        assert word in refused.value.text()


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "nowhere.txt")


def test_only_failures_that_are_expected_are_marked_and_they_do_not_count(tmp_path):
    known = Baseline(tmp_path / "known.txt", {APP: 3})
    failed = known.marked(row(APP, Verdict.FAILED, Attribution.APP))
    assert failed.known
    assert "known.txt:3" in failed.reason
    assert exit_status([failed, row("z[app]@e", Verdict.PASSED)], pytest_status=0, selected=1, user_failures=0) == 0
    assert not known.marked(row(SIDECAR, Verdict.FAILED, Attribution.APP)).known
    assert not known.marked(row(APP, Verdict.INCONCLUSIVE)).known


def test_one_that_holds_is_told(tmp_path):
    known = Baseline(tmp_path / "known.txt", {APP: 3, SIDECAR: 4})
    (told,) = known.gone([row(APP, Verdict.PASSED), row(SIDECAR, Verdict.FAILED, Attribution.APP)])
    assert told == f"{tmp_path / 'known.txt'}:3: {APP} holds now; take it out"
