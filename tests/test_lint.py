from dapr_conformance import lint
from dapr_conformance.target import resources
from dapr_conformance.target.model import App, Target

HEAD = "apiVersion: dapr.io/v1alpha1\nkind: "
PUBSUB = HEAD + "Component\nmetadata: {name: events}\nspec: {type: pubsub.redis, version: v1}\n"
SUBSCRIPTION = HEAD + "Subscription\nspec:\n  topic: payments\n  route: /pay\n  pubsubname: event\n"


def findings(tmp_path, text):
    (tmp_path / "all.yaml").write_text(text)
    found = resources.read([tmp_path])
    target = Target(App("a", tmp_path), "", (), tuple(found.components), tuple(found.subscriptions))
    return list(lint.findings(target, "embedded", "pytest"))


def test_files_without_a_mistake_give_no_row(tmp_path):
    assert findings(tmp_path, PUBSUB + "---\n" + SUBSCRIPTION.replace("event\n", "events\n")) == []


def test_a_subscription_to_no_pubsub_of_the_app(tmp_path):
    (row,) = findings(tmp_path, PUBSUB + "---\n" + SUBSCRIPTION)
    assert row.id == "lint/subscription_has_its_pubsub/event.payments[system]@embedded"
    assert row.location == {"file": str(tmp_path / "all.yaml"), "line": 11}
    assert "the app has no pub/sub component 'event'" in row.reason
    assert row.expected == "one of the pub/sub components of the app: events"


def test_what_is_scoped_to_others_counts_as_they_see_it(tmp_path):
    scoped = PUBSUB + "scopes: [other]\n---\n" + SUBSCRIPTION.replace("event\n", "events\n")
    (row,) = findings(tmp_path, scoped)
    assert row.expected == "one of the pub/sub components of the app: it has none"
    assert findings(tmp_path, scoped + "scopes: [other]\n") == []


def test_an_unknown_type_or_version(tmp_path):
    (kind,) = findings(tmp_path, PUBSUB.replace("pubsub.redis", "pubsub.reddis"))
    assert "pubsub.redis" in kind.expected
    (version,) = findings(tmp_path, PUBSUB.replace("version: v1", "version: v9"))
    assert version.expected == "a version of it: v0, v1"
