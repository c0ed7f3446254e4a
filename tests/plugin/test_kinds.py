"""Apps that listen on no port: one-shot, worker, client; each ends with a sensible report."""

import pytest

CHECK = ("--dapr-target=portless", "-k", "round_trip and app")


@pytest.fixture
def portless(repo):
    def run(what):
        repo.project_files("portless")
        repo.edit("dapr.yaml", "one-shot", what)
        return repo.run(*CHECK)

    return run


@pytest.mark.parametrize(
    ("what", "kind", "seen"),
    [
        ("one-shot", "one-shot", "ended with status 0"),
        ("worker", "worker", "subscribes to 'reports' by a stream"),
        ("client", "client", "runs on"),
    ],
)
def test_an_app_without_a_port_is_judged_by_what_it_does(portless, what, kind, seen):
    result = portless(what)
    row = result.row("system/app_works")
    assert (row["verdict"], result.results["target"]["kind"], result.status) == ("passed", kind, 0), result.out
    assert row["reason"].startswith(f"{kind}: {seen}; called its sidecar")
    assert row["trigger"]["seen"] > 0
    assert result.row("round_trip[app]")["verdict"] == "unsupported"


def test_an_app_that_never_calls_its_sidecar_is_not_judged(portless):
    result = portless("idle")
    assert (result.row("system/app_works")["verdict"], result.status) == ("inconclusive", 7)


def test_a_one_shot_that_fails_is_the_apps_fault(portless):
    result = portless("fails")
    row = result.row("system/app_runs")
    assert (row["verdict"], row["attribution"], result.status) == ("failed", "app", 1)
    assert "the report could not be made" in row["actual"]
