from pathlib import Path

from dapr_conformance.runtime.go_module import answer_of, write_wrapper


def test_the_wrapper_requires_dapr_and_keeps_its_replacements_and_sums(tmp_path):
    source, place = tmp_path / "source", tmp_path / "place"
    source.mkdir()
    place.mkdir()
    (source / "go.mod").write_text("module github.com/dapr/dapr\n\ngo 1.26.5\n\nreplace a => b v1.0.0\n")
    (source / "go.sum").write_text("a v1.0.0 h1:x=\n")
    (source / "go.sum").chmod(0o444)
    write_wrapper(source, "1.18.2", place)
    expected = "module localbuild\n\ngo 1.26.5\n\nreplace a => b v1.0.0\n\nrequire github.com/dapr/dapr v1.18.2\n"
    assert (place / "go.mod").read_text() == expected
    assert (place / "go.sum").read_text() == "a v1.0.0 h1:x=\n"
    assert (place / "go.sum").stat().st_mode & 0o200


def test_the_answer_of_a_download_is_a_folder_or_an_error(tmp_path):
    answer = tmp_path / "answer"
    answer.write_text('{"Dir": "/mod/dapr"}')
    assert answer_of(answer) == (Path("/mod/dapr"), "")
    answer.write_text('{"Error": "not found"}')
    assert answer_of(answer) == (None, "not found")
    answer.write_text("")
    assert answer_of(answer) == (None, "")
