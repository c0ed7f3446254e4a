from pathlib import Path

import pytest

from dapr_conformance.checkers.dead_letter_files import finding
from dapr_conformance.errors import Location
from dapr_conformance.target.model import Component, MetadataItem, Subscription

FILE, SCOPES = Location(Path("subscription.yaml"), 1), Location(Path("pubsub.yaml"), 9)
HANDLER = Subscription("pubsub", "payments.dead", ("/dead",))


def declaring(dead, location=FILE, topic="payments"):
    return Subscription("pubsub", topic, ("/p",), dead, location=location)


def component(**settings):
    items = tuple(MetadataItem(name, value, None, SCOPES) for name, value in settings.items())
    return Component("pubsub", "pubsub.redis", "v1", items, (), None, False, Location(Path("pubsub.yaml"), 1), {})


def judged(subscription, *handlers, others=(), **settings):
    return finding(subscription, [subscription, *handlers], set(others), component(**settings), "orders")


def test_a_dead_letter_topic_with_a_handler_is_fine():
    assert judged(declaring("payments.dead"), HANDLER) is None


def test_another_app_of_the_run_may_be_the_handler():
    assert judged(declaring("graveyard"), others=[("pubsub", "graveyard")]) is None
    assert judged(declaring("graveyard"), others=[("other", "graveyard")]).warned


def test_the_topic_itself_is_no_dead_letter_topic():
    found = judged(declaring("payments"))
    assert (found.warned, found.location) == (False, FILE)


def test_a_name_near_a_subscribed_one_is_a_misspelling():
    found = judged(declaring("payment.dead"), HANDLER)
    assert not found.warned
    assert "payments.dead" in found.actual
    assert found.location == FILE


def test_the_handler_of_another_topic_is_no_misspelling():
    other = declaring("shipments.dead", topic="shipments")
    handler = Subscription("pubsub", "shipments.dead", ("/s",))
    found = judged(declaring("payments.dead"), other, handler)
    assert found.warned


def test_a_finding_in_the_apps_answer_has_no_place_in_a_file():
    assert judged(declaring("payment.dead", location=None), HANDLER).location is None


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"publishingScopes": "orders=payments"}, "publishingScopes"),
        ({"subscriptionScopes": "orders=payments"}, "subscriptionScopes"),
        ({"allowedTopics": "payments"}, "allowedTopics"),
        ({"protectedTopics": "payments.dead"}, "protectedTopics"),
    ],
)
def test_scopes_must_leave_it_to_the_app(settings, name):
    found = judged(declaring("payments.dead"), HANDLER, **settings)
    assert not found.warned
    assert name in found.actual
    assert found.location == SCOPES


def test_subscription_scopes_do_not_matter_where_another_app_reads_it():
    found = judged(declaring("far"), others=[("pubsub", "far")], subscriptionScopes="orders=payments")
    assert found is None


def test_scopes_matter_even_where_nobody_is_seen_reading():
    assert not judged(declaring("elsewhere"), publishingScopes="orders=payments").warned
