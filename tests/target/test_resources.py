import pytest

from dapr_conformance.errors import TargetError
from dapr_conformance.target import resources

STORE = """\
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: statestore
spec:
  type: state.redis
  version: v1
  ignoreErrors: true
  metadata:
  - name: redisHost
    value: localhost:6379
  - name: maxRetries
    value: 3
  - name: redisPassword
    secretKeyRef:
      name: redis
      key: password
  - name: token
    secretKeyRef: {name: token}
  - name: actorStateStore
    value: "true"
auth:
  secretStore: vault
scopes:
- orders
"""
V1_SUBSCRIPTION = """\
apiVersion: dapr.io/v1alpha1
kind: Subscription
metadata: {name: s}
spec: {topic: payments, route: /pay, pubsubname: pubsub, deadLetterTopic: dead}
scopes: [orders]
"""
V2_SUBSCRIPTION = """\
apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata: {name: s}
spec:
  topic: payments
  pubsubname: pubsub
  routes:
    rules:
    - {match: 'event.type == "a"', path: /a}
    - {match: 'event.type == "b"', path: /b}
    default: /other
  bulkSubscribe: {enabled: true, maxMessagesCount: 10}
  metadata: {rawPayload: true}
"""
RESILIENCY = "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {}\n"
CONFIGURATION = "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}\nspec: {}\n"
ENDPOINT = "apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: {name: h}\nspec: {baseUrl: 'http://x'}\n"


def component(name="a", rest="spec: {type: state.in-memory, version: v1}"):
    return f"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n{rest}\n"


def read(folder, config_path=None, /, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return resources.read([folder], config_path)


def test_a_component_with_all_its_parts(tmp_path):
    (store,) = read(tmp_path, store=STORE).components
    assert (store.name, store.type, store.version, store.block) == ("statestore", "state.redis", "v1", "state")
    assert (store.scopes, store.secret_store, store.ignore_errors) == (("orders",), "vault", True)
    assert store.setting("REDISHOST") == "localhost:6379"
    assert (store.setting("maxRetries"), store.setting("actorStateStore")) == ("3", "true")
    assert {item.name: item.secret_ref for item in store.metadata if item.secret_ref} == {
        "redisPassword": ("redis", "password"),
        "token": ("token", "token"),
    }
    assert store.metadata[1].location.line == 12
    assert str(store.location) == f"{tmp_path}/store.yaml:6"
    assert store.document["metadata"] == {"name": "statestore"}


def test_subscriptions_of_both_versions(tmp_path):
    one, two = read(tmp_path, a=V1_SUBSCRIPTION, b=V2_SUBSCRIPTION).subscriptions
    assert (one.topic, one.pubsubname, one.routes) == ("payments", "pubsub", ("/pay",))
    assert (one.dead_letter_topic, one.scopes, one.bulk) == ("dead", ("orders",), False)
    assert (two.routes, two.dead_letter_topic, two.bulk) == (("/a", "/b", "/other"), None, True)
    assert two.metadata == {"rawPayload": "true"}
    assert two.location.file == tmp_path / "b.yaml"


def test_files_are_read_by_name_without_folders_below_and_other_endings(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "x.yaml").write_text("not: [valid")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "notes.txt").write_text("not: [valid")
    (tmp_path / ".#lock.yaml").symlink_to("nowhere")
    (tmp_path / "z.yml").write_text(component("z"))
    (tmp_path / "B.YAML").write_text(component("b"))
    found = read(tmp_path, a=component("a1") + "---\n" + component("a2"))
    assert [one.name for one in found.components] == ["b", "a1", "a2", "z"]
    assert [one.location.line for one in found.components] == [4, 4, 9, 4]
    assert found.notes == []


def test_keys_compare_without_case(tmp_path):
    spec = "Spec: {PubsubName: p, TOPIC: t, deadlettertopic: d, Route: /r}"
    text = f"APIVERSION: dapr.io/v1alpha1\nKind: Subscription\n{spec}\n"
    (found,) = read(tmp_path, a=text).subscriptions
    assert (found.pubsubname, found.topic, found.dead_letter_topic, found.routes) == ("p", "t", "d", ("/r",))


def test_only_a_resiliency_in_the_first_document_counts(tmp_path):
    found = read(tmp_path, a=RESILIENCY + "---\n" + RESILIENCY, b=component() + "---\n" + RESILIENCY)
    assert [one.location.file.name for one in found.resiliencies] == ["a.yaml"]
    assert [str(one.location) for one in found.others] == [f"{tmp_path}/a.yaml:6", f"{tmp_path}/b.yaml:6"]
    assert all("only the first document of a file can be one" in note for note in found.notes)


def test_a_configuration_among_resources_is_kept_apart_and_noted(tmp_path):
    found = read(tmp_path, config=CONFIGURATION, endpoint=ENDPOINT)
    assert [one.kind for one in found.others] == ["Configuration", "HTTPEndpoint"]
    assert found.notes == [
        f"{tmp_path}/config.yaml:1: daprd does not apply this Configuration: no `configFilePath` names its file",
        f"{tmp_path}/endpoint.yaml:1: left out: the HTTPEndpoint 'h' is the server http://x, outside of this run",
    ]


def test_a_configuration_that_config_file_path_names_is_not_repeated(tmp_path):
    found = read(tmp_path, tmp_path / "config.yaml", config=CONFIGURATION)
    assert (found.others, found.notes) == ([], [])


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("services:\n  redis: {}\n", "a.yaml:1: ignored: no Dapr resource"),
        ("- 1\n- 2\n", "ignored: no Dapr resource"),
        ("text\n", "ignored: no Dapr resource"),
        ("apiVersion: v1\nkind: Component\n", "a Component only with `apiVersion: dapr.io/v1alpha1`, not 'v1'"),
        ("kind: Subscription\n", "with `apiVersion: dapr.io/v1alpha1 or dapr.io/v2alpha1`, not ''"),
        ("apiVersion: dapr.io/v1alpha1\nkind: Subcription\n", "'Subcription' (did you mean Subscription?)"),
        ("apiVersion: apps/v1\nkind: Deployment\n", "no Dapr resource"),
        ("apiVersion: [1]\nkind: {a: b}\n", "no Dapr resource"),
        (component(rest="spec: {type: state.in-memory}"), "the Component 'a' has no `spec.version`; daprd takes v1"),
        (V1_SUBSCRIPTION.replace("route: /pay, ", ""), "has no route"),
        (ENDPOINT.replace("{baseUrl: 'http://x'}", "{}"), "the HTTPEndpoint 'h' has no `spec.baseUrl`"),
        (component(rest="spec: {type: a.b, version: v1, metdata: []}"), "unknown key `metdata` of this Component"),
        (component(rest="spec: {type: a.b, version: v1, metadata: [{name: pin, value: 0123}]}"), "put it in quotes"),
        (component() + "scope: [a]\n", "`scope` of this Component (did you mean `scopes`?)"),
        (V1_SUBSCRIPTION.replace("route: /pay", "route: /pay, scopes: [x]"), "(it belongs to the top of the document)"),
        (V2_SUBSCRIPTION.replace("default: /other", "defualt: /other"), "a.yaml:11: daprd ignores the unknown key"),
    ],
)
def test_what_daprd_passes_over_is_noted(tmp_path, text, note):
    found = read(tmp_path, a=text)
    assert len(found.notes) == 1
    assert note in found.notes[0]


def test_routes_need_their_own_api_version(tmp_path):
    found = read(tmp_path, a=V1_SUBSCRIPTION.replace("route: /pay", "routes: {default: /pay}"))
    assert found.subscriptions[0].routes == ()
    assert "`routes` needs `apiVersion: dapr.io/v2alpha1`" in found.notes[0]
    assert "has no route" in found.notes[1]


DOUBLES = component("a") + "scopes: [orders]\n---\n" + component("a") + "scopes: [shipping]\n"


def test_a_name_is_taken_by_the_first_that_the_app_may_use(tmp_path):
    (tmp_path / "a.yaml").write_text(DOUBLES)
    assert len(resources.read([tmp_path], None, "shipping").components) == 2
    with pytest.raises(TargetError, match=r"a.yaml:10: a second Component named 'a'.*; the first is .*a.yaml:4"):
        resources.read([tmp_path], None, "orders")


def test_what_daprd_reads_is_not_always_what_is_written(tmp_path):
    spec = "{topic: 0123, pubsubname: yes, routes: {default: /a}, metadata: {rawPayload: on, ttl: 1.10}}"
    text = f"apiVersion: dapr.io/v2alpha1\nkind: Subscription\nspec: {spec}\n"
    (found,) = read(tmp_path, a=text).subscriptions
    assert (found.topic, found.pubsubname, found.metadata) == ("83", "true", {"rawPayload": "true", "ttl": "1.1"})


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n"])
def test_empty_files_are_only_noted(tmp_path, text):
    note = f"{tmp_path}/a.yaml: there is no document in it; fill it or remove it"
    assert read(tmp_path, a=text) == resources.Resources(notes=[note])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (component("''"), 3, "`metadata` lacks the required key `name`"),
        ("apiVersion: dapr.io/v1alpha1\nkind: Component\n", 1, "`metadata` lacks the required key `name`"),
        (component(rest="spec: {version: v1}"), 4, "`spec` lacks the required key `type`"),
        (component(rest="spec:\n  type: a.b\n  metadata: {a: b}"), 6, "`spec.metadata` must be a list, not a mapping"),
        (component(rest="spec:\n  type: a.b\n  metadata:\n  - value: 1"), 7, "`spec.metadata[0]` lacks"),
        (component(rest="spec:\n  type: a.b\n  ignoreErrors: 'no'"), 6, "true or false without quotes"),
        (component(rest="spec: [1]"), 4, "`spec` must be a mapping of keys, not a list"),
        (component() + "scopes: orders\n", 5, 'write a list: scopes: ["orders"]'),
        (V1_SUBSCRIPTION.replace("topic: payments, ", ""), 4, "`spec` lacks the required key `topic`"),
        (V1_SUBSCRIPTION.replace(", pubsubname: pubsub", ""), 4, "`spec` lacks the required key `pubsubname`"),
        (component(rest="spec: {type: [}"), 4, "not valid YAML"),
        ("a: {{ .Values.redis }}\n", 1, "looks like a template (Helm?)"),
        (component() + "---\n" + component(), 9, "a second Component named 'a'"),
        (ENDPOINT + "---\n" + ENDPOINT, 6, "a second HTTPEndpoint named 'h'"),
        (component("a/b"), 3, "`metadata.name` is 'a/b', and daprd drops a document of such a name"),
        (component() + "scopes: [on]\n", 5, 'next step: write it in quotes: "on"'),
        (V2_SUBSCRIPTION.replace("true, max", "'true', max"), 12, "must be true or false without quotes"),
        (V2_SUBSCRIPTION.replace("Count: 10", "Count: '10'"), 12, "must be a whole number without quotes"),
        (component("b") + "---\n" + component() + "# long\n" * 10000, 5, "daprd hangs and fills the memory"),
    ],
)
def test_what_daprd_cannot_read_is_an_error_with_its_line(tmp_path, text, line, words):
    with pytest.raises(TargetError) as caught:
        read(tmp_path, a=text)
    assert words in str(caught.value)
    assert caught.value.location.line == line
    assert caught.value.location.file == tmp_path / "a.yaml"


def test_a_value_that_is_no_text_is_kept_as_json(tmp_path):
    (one,) = read(tmp_path, a=component(rest="spec: {type: a.b, metadata: [{name: m, value: {k: [v]}}]}")).components
    assert one.setting("m") == '{"k": ["v"]}'


def test_a_link_in_a_circle_is_an_error(tmp_path):
    (tmp_path / "a.yaml").symlink_to("a.yaml")
    with pytest.raises(TargetError, match=r"a.yaml: cannot be read: Too many levels of symbolic links"):
        resources.read([tmp_path])


def test_a_file_or_nothing_in_place_of_a_directory(tmp_path):
    (tmp_path / "a.yaml").write_text(component())
    with pytest.raises(TargetError, match="is a file, but daprd reads resources from a directory"):
        resources.read([tmp_path / "a.yaml"])
    with pytest.raises(TargetError, match="does not exist"):
        resources.read([tmp_path / "none"])


def test_a_configuration_file(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(CONFIGURATION)
    found = resources.read_configuration(file)
    assert (found.kind, found.name, found.location.line) == ("Configuration", "c", 1)
    file.write_text("# empty\n")
    assert resources.read_configuration(file) is None
    file.write_text("- no\n")
    with pytest.raises(TargetError, match="must be a mapping"):
        resources.read_configuration(file)
