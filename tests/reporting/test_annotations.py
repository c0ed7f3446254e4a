import pytest

from dapr_conformance.reporting.annotations import told_to_ci

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/work/shop"}
AZURE = {"TF_BUILD": "True", "BUILD_SOURCESDIRECTORY": "/work/shop"}


@pytest.fixture
def finding(results):
    """Make the one finding of a run: finding(location, **changes)."""
    (row, *_) = [row for row in results["checks"] if row["verdict"] == "failed"]

    def made(location, *, strict=False, **changes):
        here = {"id": "x[app]", "title": "a, b", "expected": "1%", "actual": "2\n3", "reproduce": {"command": "pytest"}}
        return {"run": {"strict": strict}, "checks": [{**row, **here, "location": location, **changes}]}

    return made


def test_no_ci_system_no_lines(results):
    assert told_to_ci(results, {"CI": "true"}) == []


def test_github_shows_a_finding_at_its_line(finding):
    shown = told_to_ci(finding({"file": "/work/shop/components/pubsub.yaml", "line": 7}), GITHUB)
    where = "file=components/pubsub.yaml,line=7,title=a%2C b"
    assert shown == [f"::error {where}::x[app]: expected 1%25; actual 2%0A3%0Arepeat: pytest"]


def test_azure_shows_a_finding_at_its_line(finding):
    shown = told_to_ci(finding({"file": "/work/shop/a;b.yaml", "line": 7}), AZURE)
    where = "type=error;sourcepath=a%3Bb.yaml;linenumber=7;"
    assert shown == [f"##vso[task.logissue {where}]x[app]: expected 1%AZP25; actual 2%0A3%0Arepeat: pytest"]


def test_a_finding_about_behaviour_has_no_file(finding):
    assert told_to_ci(finding(None), GITHUB)[0].startswith("::error title=a%2C b::x[app]: ")
    assert told_to_ci(finding(None), AZURE)[0].startswith("##vso[task.logissue type=error;]x[app]: ")


@pytest.mark.parametrize(
    "change", [{"known": True}, {"level": "should"}, {"verdict": "warned"}, {"attribution": "runtime"}]
)
def test_what_does_not_fail_the_run_is_a_warning(finding, change):
    assert told_to_ci(finding(None, **change), GITHUB)[0].startswith("::warning ")


def test_under_strict_what_a_component_breaks_is_an_error(finding):
    shown = told_to_ci(finding(None, strict=True, verdict="warned", attribution="component"), GITHUB)
    assert shown[0].startswith("::error ")


@pytest.mark.parametrize("verdict", ["passed", "unsupported", "inconclusive", "blocked"])
def test_other_verdicts_are_no_findings(finding, verdict):
    assert told_to_ci(finding(None, verdict=verdict), GITHUB) == []
