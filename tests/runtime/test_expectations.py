import pytest

from dapr_conformance.errors import UsageError
from dapr_conformance.run_facts import version_notes
from dapr_conformance.runtime.expectations import for_version


@pytest.mark.parametrize(
    ("version", "dead_letter", "stripped", "hash_status", "percent_status"),
    [
        ("1.14.4", False, False, 200, 403),
        ("1.15.0", False, False, 200, 403),
        ("1.16.0", False, False, 200, 403),
        ("1.16.19", False, False, 500, 500),
        ("1.17.0", True, False, 200, 403),
        ("1.17.13", True, True, 500, 500),
        ("1.18.2", True, True, 500, 500),
    ],
)
def test_what_versions_do(version, dead_letter, stripped, hash_status, percent_status):
    expected = for_version(version)
    assert expected.version == version
    assert expected.dead_letter_on_404 is dead_letter
    assert ("te" in expected.hop_by_hop_stripped) is stripped
    assert expected.hash_and_question_in_method == hash_status
    assert expected.percent_and_newline_in_method == percent_status


@pytest.mark.parametrize(
    ("version", "read"), [("1.14.4", False), ("1.15.14", False), ("1.16.0", True), ("1.18.2", True)]
)
def test_baggage_is_read_since_1_16(version, read):
    assert for_version(version).baggage_is_read is read


@pytest.mark.parametrize("version", ["1.14.4", "1.15.0", "1.16.0", "1.18.2"])
def test_versions_that_were_executed_have_no_note(version):
    assert for_version(version).note == ""


def test_a_newer_version_is_judged_by_the_newest():
    newer = for_version("1.19.0")
    assert newer.dead_letter_on_404
    assert newer.note == "Dapr 1.19.0 is newer than the version table: judged by what 1.18.0 does."


def test_a_version_before_the_table_is_wrong_usage():
    with pytest.raises(UsageError, match=r"Dapr 1\.13\.6 is not supported"):
        for_version("1.13.6")


def test_what_was_not_seen_in_a_run_is_a_note_of_the_run():
    assert version_notes("1.17.3") == ["What Dapr 1.17.3 does is taken from its sources, not from a run of it."]
    assert version_notes("1.18.2") == []


def test_what_is_only_read_from_sources_is_said():
    assert "taken from its sources" in for_version("1.17.3").note


def test_state_stores_differ():
    expected = for_version("1.18.2")
    assert expected.first_write_without_etag("state.sqlite") == 409
    assert expected.first_write_without_etag("state.redis") == 204
    assert expected.etag_format_checked("state.redis")
    assert not expected.etag_format_checked("state.in-memory")


def test_what_is_no_version_is_wrong_usage():
    with pytest.raises(UsageError, match="'edge' is not a Dapr version"):
        for_version("edge")


def test_the_scheduler_of_1_14_has_flags_of_its_own():
    places = {"id": "s-0", "peer": "127.0.0.1:1", "api": "127.0.0.1:2", "client_port": "3", "folder": "/f"}
    assert for_version("1.14.4").scheduler_flags(**places) == {
        "initial-cluster": "s-0=http://127.0.0.1:1",
        "etcd-client-ports": "s-0=3",
    }
    for version in ("1.15.0", "1.18.2", "1.19.0"):
        assert for_version(version).scheduler_flags(**places) == {
            "etcd-initial-cluster": "s-0=http://127.0.0.1:1",
            "etcd-client-port": "3",
            "override-broadcast-host-port": "127.0.0.1:2",
            "identity-directory-write": "/f/identity",
        }


def test_the_in_memory_broker_of_older_versions_hands_an_event_over_ten_times():
    assert [for_version(v).rounds("pubsub.in-memory") for v in ("1.14.4", "1.16.0", "1.17.5", "1.18.2")] == [
        10,
        10,
        1,
        1,
    ]
    assert for_version("1.16.0").rounds("pubsub.redis") == 1
