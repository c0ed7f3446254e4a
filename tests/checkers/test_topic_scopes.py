from pathlib import Path

import pytest

from dapr_conformance.checkers.topic_scopes import PUBLISHING, SUBSCRIPTION, denied_by, entry, scope
from dapr_conformance.errors import Location
from dapr_conformance.target.model import Component, MetadataItem

AT = Location(Path("pubsub.yaml"), 7)


def component(**settings):
    items = tuple(MetadataItem(name, value, None, AT) for name, value in settings.items())
    return Component("pubsub", "pubsub.redis", "v1", items, (), None, False, AT, {})


@pytest.mark.parametrize(
    ("settings", "topic", "name"),
    [
        ({}, "a", ""),
        ({"publishingScopes": "orders=a, b;billing=c"}, "b", ""),
        ({"publishingScopes": "orders=a;billing=c"}, "c", "publishingScopes"),
        ({"publishingScopes": "billing=c"}, "a", ""),
        ({"publishingScopes": "orders="}, "a", "publishingScopes"),
        ({"publishingScopes": "orders"}, "a", ""),
        ({"subscriptionScopes": "orders=x"}, "a", ""),
        ({"allowedTopics": "a,b"}, "c", "allowedTopics"),
        ({"allowedTopics": "a, b"}, "b", ""),
        ({"protectedTopics": "a"}, "a", "protectedTopics"),
        ({"protectedTopics": "a", "publishingScopes": "orders=a"}, "a", ""),
        ({"allowedTopics": "a", "publishingScopes": "orders=a,c"}, "c", "allowedTopics"),
        ({"PUBLISHINGSCOPES": "orders=a"}, "c", "publishingScopes"),
    ],
)
def test_the_entry_that_denies_is_named(settings, topic, name):
    assert denied_by(component(**settings), PUBLISHING, "orders", topic) == name


def test_subscribing_has_scopes_of_its_own():
    made = component(subscriptionScopes="orders=a", publishingScopes="orders=b")
    assert denied_by(made, SUBSCRIPTION, "orders", "b") == "subscriptionScopes"
    assert scope(made, SUBSCRIPTION, "orders") == {"a"}
    assert scope(made, SUBSCRIPTION, "other") is None


def test_an_entry_is_found_without_regard_to_case():
    found = entry(component(AllowedTopics="a"), "allowedTopics")
    assert found is not None
    assert found.location == AT
