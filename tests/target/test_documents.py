import json

import pytest
import yaml

from dapr_conformance.errors import TargetError
from dapr_conformance.target import documents
from dapr_conformance.target.documents import Plain, line_of


def write(tmp_path, content):
    file = tmp_path / "some file.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(tmp_path, content):
    return documents.read(write(tmp_path, content))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", "true"),
        ("True", "True"),
        ("yes", "yes"),
        ("1.10", "1.10"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1e3", "1e3"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"null"', "null"),
        ("'~'", "~"),
        ('""', ""),
        ("|\n    two\n    lines\n", "two\nlines\n"),
        ("smörgås 🍰", "smörgås 🍰"),
    ],
)
def test_scalars_stay_as_written_and_survive_a_round_trip(tmp_path, written, expected):
    (document,) = read(tmp_path, f"k: {written}")
    assert document.value == {"k": expected}
    (again,) = read(tmp_path, yaml.safe_dump(document.value, allow_unicode=True))
    assert again.value == document.value
    assert isinstance(again.value["k"], Plain) == isinstance(document.value["k"], Plain)


def test_plain_and_quoted_scalars_are_told_apart(tmp_path):
    (document,) = read(tmp_path, "plain: 3000\nquoted: '3000'\n")
    assert isinstance(document.value["plain"], Plain)
    assert not isinstance(document.value["quoted"], Plain)
    assert yaml.safe_dump(document.value) == "plain: 3000\nquoted: '3000'\n"
    assert json.dumps(document.value) == '{"plain": "3000", "quoted": "3000"}'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", 3),
        ("-0", 0),
        ("0123", 123),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("1e400", "1e400"),
        (".inf", ".inf"),
        ("true", True),
        ("yes", "yes"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("null", None),
        ('"3"', "3"),
        ("9" * 30, int("9" * 30)),
    ],
)
def test_read_json_gives_the_types_of_json(tmp_path, written, expected):
    (document,) = documents.read_json(write(tmp_path, f"k: {written}"))
    assert document.value["k"] == expected
    assert type(document.value["k"]) is type(expected)


def test_every_key_and_item_knows_its_line(tmp_path):
    (document,) = read(tmp_path, "# c\na:\n  b: 1\n  list:\n    - x: 1\n    -\n      y: 2\n")
    assert [line_of(document, *path) for path in [(), ("a",), ("a", "b"), ("a", "list", 1), ("a", "list", 1, "y")]] == [
        2,
        2,
        3,
        7,
        7,
    ]


def test_an_absent_path_has_the_line_of_its_nearest_parent(tmp_path):
    (document,) = read(tmp_path, "a:\n  b: 1\n")
    assert line_of(document, "a", "missing", "deeper") == 1
    assert line_of(document, "a", "b", "deeper") == 2
    assert str(document.location("a", "b")).endswith("some file.yaml:2")


def test_several_documents_keep_their_places(tmp_path):
    first, empty, last = read(tmp_path, "a: 1\n---\n---\nb: 2\n")
    assert (first.value, empty.value, last.value) == ({"a": "1"}, None, {"b": "2"})
    assert line_of(last, "b") == 4


def test_a_byte_order_mark_is_no_content(tmp_path):
    assert read(tmp_path, "\ufeffa: 1\n".encode())[0].value == {"a": "1"}


@pytest.mark.parametrize("content", ["", "# only a comment\n", "\ufeff"])
def test_a_file_without_content_has_no_documents(tmp_path, content):
    assert read(tmp_path, content) == ()


def test_aliases_and_merged_keys_are_resolved_and_own_keys_win(tmp_path):
    (document,) = read(tmp_path, "base: &b {x: 1, y: 1}\nuser:\n  <<: *b\n  y: 2\n")
    assert document.value["user"] == {"x": "1", "y": "2"}
    assert line_of(document, "user", "y") == 4
    assert line_of(document, "user", "x") == 1


def test_a_thousand_million_laughs_stay_small(tmp_path):
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    (document,) = read(tmp_path, "l0: &l0 ha\n" + levels)
    assert len(document.value["l11"]) == 9


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ('command: ["npm" "run" "dev"]', ":1:17: ", "expected ',' or ']'"),
        ("a: 1\nb: [1, 2\nc: 3\n", ":3:2: ", "not valid YAML"),
        ("a: 1\n\tb: 2\n", ":2:1: ", "cannot start any token"),
        ("a: 1\n b: 2\n", ":2:3: ", "mapping values are not allowed"),
        ("version: 1\napps: [],\n", ":2:9: ", "not valid YAML"),
        ("a: {{ .Values.x }}\n", ":1:5: ", "a key must be text"),
        ("a: 1\nb: 2\na: 3\n", ":3:1: ", "'a' stands here again; first in line 1"),
        ("a: !Ref x\n", ":1:4: ", "the tag !Ref"),
        ("a: *nobody\n", ":1:4: ", "undefined alias"),
        ("a: &x\n  b: *x\n", ": ", "contains itself"),
        ("a: " + "[" * 1500, ": ", "nests too deeply"),
        ("a: 1\nb: \x07\n", ":2: ", "'\\x07' is not allowed"),
        (b"a: 1\nb: \xff\xfe\n", ":2: ", "not UTF-8"),
        ("a: 1".encode("utf-16"), ":1: ", "not UTF-8"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_place(tmp_path, content, place, words):
    with pytest.raises(TargetError) as caught:
        read(tmp_path, content)
    text = str(caught.value)
    assert f"some file.yaml{place}" in text
    assert words in text


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    with pytest.raises(TargetError, match="is a folder, not a file"):
        documents.read(tmp_path)
    with pytest.raises(TargetError, match="does not exist"):
        documents.read(tmp_path / "none.yaml")
