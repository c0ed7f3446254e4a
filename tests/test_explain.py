import pytest

from dapr_conformance.cli import main


def explained(capsys, wanted):
    assert main(["explain", wanted]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("wanted", ["12", "dead letter", "pubsub/dead_letter"])
def test_a_property_is_found_by_number_title_and_id(capsys, wanted):
    text = explained(capsys, wanted)
    assert text.count("## properties/pubsub/dead_letter[") == 2
    assert "properties/state" not in text


def test_it_says_what_is_demanded_where_it_stands_how_it_is_checked_and_what_is_caught(capsys):
    text = explained(capsys, "2")
    assert "State round trip (property 2, MUST)" in text
    for words in ("How: Judge", "Source: Dapr docs", "Needs: a component of state"):
        assert words in text
    assert "- lost_update" in text


def test_a_property_that_is_not_there_is_wrong_usage_with_those_that_are(capsys):
    assert main(["explain", "nonsense"]) == 4
    told = capsys.readouterr().err
    assert "'nonsense'" in told
    assert "2 (State round trip)" in told
