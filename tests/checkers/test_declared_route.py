import pytest

from dapr_conformance.checkers.declared_route import RouteAnswer, is_template, problem

NOWHERE = RouteAnswer(404, body=b'{"detail":"Not Found"}')


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a", RouteAnswer(None)),
        ("/a", RouteAnswer(405)),
        ("/a", RouteAnswer(501)),
        ("/a", RouteAnswer(404)),
        ("/a", RouteAnswer(500)),
        ("/a", RouteAnswer(308, "/a/")),
        ("/a", RouteAnswer(307, "http://127.0.0.1:80/a/?q=1")),
        ("/a/{id}", RouteAnswer(308, "/a/dc-1/")),
        ("/a/{id}", NOWHERE),
    ],
)
def test_a_route_that_is_not_there_is_a_problem(path, answer):
    assert problem(path, answer, NOWHERE, strict=True)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a", RouteAnswer(200)),
        ("/a", RouteAnswer(204)),
        ("/a", RouteAnswer(422)),
        ("/a", RouteAnswer(302, "/login/")),
        ("/a/{id}", RouteAnswer(404, body=b"no such order")),
        ("/a/{id}", RouteAnswer(404)),
    ],
)
def test_any_other_answer_is_not(path, answer):
    assert problem(path, answer, NOWHERE, strict=True) == ""


def test_a_described_route_may_fail_for_want_of_a_good_body():
    assert problem("/a", RouteAnswer(500), NOWHERE, strict=False) == ""


def test_templates_have_placeholders():
    assert is_template("/orders/{order_id}/lines")
    assert not is_template("/orders")
