import pytest

from dapr_conformance.checkers.normal_path import Arrival, arrival, clean
from dapr_conformance.runtime.expectations import for_version

NEW, OLD = for_version("1.18.2"), for_version("1.16.0")


# Each of these was sent through daprd 1.18.2, to its own app and through another sidecar.
@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/e/a%2Fb", "/e/a/b"),
        ("/e/a//b", "/e/a/b"),
        ("/e/a/../b", "/e/b"),
        ("/e/%2e%2e/b", "/b"),
        ("/e/a%2e%2e/b", "/e/a../b"),
        ("/e/a/", "/e/a"),
        ("/e/%252F", "/e/%2F"),
        ("/e/%2525", "/e/%25"),
        ("/e/%41%7E~", "/e/A~~"),
        ("/e/a+b;c=d,e", "/e/a+b;c=d,e"),
        ("/e/%c3%a4", "/e/%C3%A4"),
        ("/e/[x]", "/e/[x]"),
        ("/e/%5Bx%5D", "/e/[x]"),
        ("/e/%5Bx%5D%C3%A4", "/e/%5Bx%5D%C3%A4"),
        ('/e/"<>^`{|}', "/e/%22%3C%3E%5E%60%7B%7C%7D"),
        ("/e/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40", "/e/!$&'()*+,;=:@"),
        ("/e?a=b?c&a=%2F+%20", "/e?a=b?c&a=%2F+%20"),
        ("/e/x?a;b=c&&=&%zz&x=%00", "/e/x?a;b=c&&=&%zz&x=%00"),
        ("/e/x?", "/e/x"),
        ("/e/../../..", "/"),
    ],
)
def test_a_path_arrives_as_daprd_makes_it(sent, seen):
    assert arrival(sent, NEW, remote=True) == arrival(sent, NEW, remote=False) == Arrival(seen)


@pytest.mark.parametrize("sent", ["/e/a%23b", "/e/a%3Fb", "/e/a%00b", "/e/a%0Ab", "/e/%7F", "/e/%25", "/e/%25b"])
def test_what_daprd_cannot_carry_is_refused(sent):
    assert arrival(sent, NEW, remote=True).status == 500
    assert arrival(sent, NEW, remote=False).refused


def test_a_bad_escape_is_a_bad_request():
    assert arrival("/e/%zz", NEW, remote=False).status == 400


def test_bytes_that_are_no_utf8_reach_only_the_own_app():
    assert arrival("/e/%FF", NEW, remote=False) == Arrival("/e/%FF")
    assert arrival("/e/%FF", NEW, remote=True).status == 500


# Each of these was sent through daprd 1.16.0, to its own app and through another sidecar.
@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/e/a%2Fb", "/e/a%2Fb"),
        ("/e/a//b", "/e/a//b"),
        ("/e/a/../b", "/e/a/../b"),
        ("/e/a%2e%2e/b", "/e/a%2e%2e/b"),
        ("/e/a/", "/e/a/"),
        ("/e/%252F", "/e/%2F"),
        ("/e/%2541", "/e/%41"),
        ("/e/%252541", "/e/%2541"),
        ("/e/%2525%41", "/e/%2525%41"),
        ("/e/%c3%a4", "/e/%c3%a4"),
        ("/e/%C3%A4", "/e/%C3%A4"),
        ('/e/"<>^`{|}', "/e/%22%3C%3E%5E%60%7B%7C%7D"),
        ("/e/%21", "/e/!"),
        ("/e/%23%00", "/e/"),
        ("/e/%3F%25", "/e/?%"),
        ("/e/%3F%23x", "/e/?"),
        ("/e/x?a;b=c&&=&%zz&x=%00", "/e/x?a;b=c&&=&%zz&x=%00"),
        ("/e/a%23b?q", "/e/a"),
        ("/e/a%3Fb?q", "/e/a?b?q"),
        ("/e/a%3Fb%23c?q", "/e/a?b"),
        ("/e/%2F%23x", "/e/%2F%23x"),
        ("/e/%2F%0A", "/e/%2F%0A"),
    ],
)
def test_older_versions_clean_nothing_and_cut_a_path(sent, seen):
    assert arrival(sent, OLD, remote=True) == arrival(sent, OLD, remote=False) == Arrival(seen)


def test_older_versions_send_a_blank_in_a_query_which_is_no_http():
    assert arrival("/e/%3F%20", OLD, remote=True).status == arrival("/e/%3F%20", OLD, remote=False).status == 400
    assert arrival("/e/%20", OLD, remote=True) == Arrival("/e/%20")


def test_older_versions_refuse_in_other_words():
    for sent in ("/e/%25", "/e/%25b", "/e/%0A", "/e/a%00b", "/e/%7F", "/e/%25%23", "/e/%23%25", "/e/%3F%00"):
        assert arrival(sent, OLD, remote=True).status == 403
        assert arrival(sent, OLD, remote=False).status == 500
    assert arrival("/e/%00%FF", OLD, remote=True).status == 500
    assert arrival("/e/%23?%", OLD, remote=True).status == 500


def test_clean_never_leaves_the_root():
    assert clean(b"/../..//x/./y/..") == b"/x"
