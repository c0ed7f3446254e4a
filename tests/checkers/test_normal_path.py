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


def test_older_versions_cut_a_path_and_refuse_in_other_words():
    assert arrival("/e/a%23b?q", OLD, remote=True) == Arrival("/e/a?q")
    assert arrival("/e/%25", OLD, remote=True).status == 403


def test_clean_never_leaves_the_root():
    assert clean(b"/../..//x/./y/..") == b"/x"
