"""Dapr runtimes that cannot be had: the run ends with the offender named, its exit status, and a report."""

import pytest

from dapr_conformance.runtime.provider import provide

ONE = ("--dapr-target=notes", "-k", "round_trip and app", "--dapr-examples=3")


@pytest.fixture
def own(tmp_path):
    """Give a folder with the programs that the other tests run."""
    folder = tmp_path / "own"
    folder.mkdir()
    runtime = provide(None, print)
    for name in ("daprd", "placement", "scheduler", "sentry"):
        (folder / name).symlink_to(getattr(runtime, name))
    return folder


def test_a_folder_of_the_user_s_own_serves(notes, own):
    result = notes.run(*ONE, f"--dapr-runtime-path={own}")
    assert (result.status, result.results["environments"][0]["runtime_version"]) == (0, "1.18.2")
    assert f"Dapr 1.18.2 from --dapr-runtime-path={own}" in result.out


def test_a_folder_without_a_program_is_wrong_usage(notes, own):
    (own / "scheduler").unlink()
    result = notes.run(*ONE, f"--dapr-runtime-path={own}")
    assert (result.status, result.results["run"]["exit_status"]) == (4, 4)
    assert f"--dapr-runtime-path={own}: {own}/scheduler is missing" in result.out


def test_another_version_than_asked_for_is_wrong_usage(notes, own):
    result = notes.run(*ONE, f"--dapr-runtime-path={own}", "--dapr-runtime-version=1.16.0")
    assert result.status == 4
    assert f"{own}/daprd is Dapr 1.18.2, but --dapr-runtime-version=1.16.0 is asked for" in result.out


def test_a_version_that_is_too_old_is_wrong_usage(notes):
    result = notes.run(*ONE, "--dapr-runtime-version=1.13.0")
    assert result.status == 4
    assert "allowed: 1.14.x, 1.15.x, 1.16.x, 1.17.x, 1.18.x" in result.out


def test_a_version_that_is_nowhere_is_blocked_with_every_step(notes, tmp_path):
    mirror = {"DAPR_CONFORMANCE_RELEASES": "http://127.0.0.1:1", "DOCKER_HOST": f"unix://{tmp_path}/none"}
    result = notes.run(*ONE, "--dapr-runtime-version=1.19.0", **mirror, DAPR_CONFORMANCE_CACHE=str(tmp_path / "cache"))
    assert (result.status, result.results["run"]["exit_status"]) == (6, 6)
    for step in (
        "container image daprio/dapr:1.19.0: ",
        "release archives http://127.0.0.1:1/v1.19.0/: ",
        "build of ",
    ):
        assert step in result.out
