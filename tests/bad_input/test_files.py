"""Mistakes in files and options: told before anything starts, as wrong usage, with a report."""

import pytest

ENTRY = 'command: ["python", "app.py"]'


def refused(result):
    """Give the message of a run that was refused, checked for what every such run must have."""
    assert result.status == 4, result.out
    assert "Traceback" not in result.out
    assert result.results["run"]["exit_status"] == 4
    assert result.results["checks"] == []
    assert (result.report / "index.html").exists()
    (note,) = result.results["notes"]
    assert note.splitlines()[0] in result.out
    return note


def test_an_unknown_app_id_lists_those_there_are(notes):
    message = refused(notes.run("--dapr-target=nodes"))
    assert f"{notes.folder}/dapr.yaml: no app with the id 'nodes'" in message
    assert "allowed: notes" in message
    assert "did you mean --dapr-target=notes?" in message


def test_no_run_file_names_the_ways_to_give_an_app(repo):
    message = refused(repo.run("--dapr-target=notes"))
    assert f"there is no dapr.yaml or dapr.yml in {repo.folder}" in message
    assert "--dapr-command" in message


def test_a_yaml_error_has_file_line_and_column(notes):
    notes.edit("dapr.yaml", ENTRY, 'command: ["python", "app.py"')
    message = refused(notes.run("--dapr-target=notes"))
    assert f"{notes.folder}/dapr.yaml:7:" in message or f"{notes.folder}/dapr.yaml:8:" in message


def test_a_missing_app_folder_is_named(notes):
    notes.edit("dapr.yaml", "appDirPath: .", "appDirPath: ./srv")
    message = refused(notes.run("--dapr-target=notes"))
    assert f"{notes.folder}/dapr.yaml:4" in message
    assert "srv" in message


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--dapr-infra=redis", "allowed: embedded"),
        ("--dapr-examples=many", "whole number"),
        ("--dapr-app-port=8080", "only with --dapr-command"),
        ("--dapr-replay=x", "without --dapr-replay first"),
        ("-n2", "-n 0"),
    ],
)
def test_wrong_options_are_named_with_what_is_allowed(notes, option, words):
    result = notes.run("--dapr-target=notes", option)
    assert words in refused_somewhere(result, option)


def refused_somewhere(result, option):
    if "unrecognized arguments: -n2" in result.out:
        pytest.skip("pytest-xdist is not installed, so -n is pytest's own mistake to tell")
    message = refused(result)
    assert option.partition("=")[0][:2] in message
    return message


def test_an_option_without_a_target_is_wrong_usage_and_writes_nothing(notes):
    result = notes.run("--dapr-examples=3")
    assert result.status == 4
    assert "--dapr-examples needs --dapr-target=APP_ID" in result.out
    assert result.results is None


def test_a_wait_that_is_no_number_is_told_before_the_app_starts(notes):
    message = refused(notes.run("--dapr-target=notes", DAPR_CONFORMANCE_LISTEN_S="soon"))
    assert "DAPR_CONFORMANCE_LISTEN_S=soon" in message


def test_a_report_folder_that_cannot_be_written_is_told_before_anything_starts(notes):
    notes.write("taken", "a file")
    result = notes.run("--dapr-target=notes", "--dapr-report=taken")
    assert result.status == 6
    assert f"cannot write the report {notes.folder}/taken/results.json" in result.out
    assert "--dapr-report=FOLDER" in result.out
    assert "Traceback" not in result.out
    assert not any(line.startswith("report:") for line in result.out.splitlines())
    assert not (notes.folder / "busy").exists()
