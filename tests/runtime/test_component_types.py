import pytest

from dapr_conformance.runtime.component_types import known, nearest, versions


@pytest.mark.parametrize(
    ("component_type", "version"),
    [
        ("state.redis", "v1"),
        ("state.redis", ""),
        ("state.sqlite", "v0"),
        ("State.Redis", "V1"),
        ("state.postgresql", "v2"),
        ("state.postgresql", ""),
        ("state.yugabytedb", "v2"),
        ("pubsub.in-memory", "v1"),
        ("pubsub.azure.servicebus.topics", "v1"),
        ("bindings.cron", "v1"),
        ("secretstores.local.file", "v1"),
        ("configuration.redis", "v1"),
        ("lock.redis", "v1"),
        ("middleware.http.ratelimit", "v1"),
        ("nameresolution.sqlite", "v1"),
        ("crypto.dapr.localstorage", "v1"),
        ("conversation.echo", "v1"),
    ],
)
def test_types_that_daprd_creates(component_type, version):
    assert known(component_type, version)


@pytest.mark.parametrize(
    ("component_type", "version"),
    [
        ("state.redis", "v2"),
        ("state.yugabytedb", "v1"),
        ("state.postgresql", "v0"),
        ("state.spiffeprobe", "v1"),
        ("state.rediss", "v1"),
        ("redis", "v1"),
        ("", ""),
    ],
)
def test_types_that_daprd_does_not_create(component_type, version):
    assert not known(component_type, version)


def test_the_versions_of_a_type():
    assert versions("state.etcd") == {"", "v1", "v2"}
    assert versions("state.nothing") == frozenset()


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("state.rediss", "state.redis"),
        ("pubsub.inmemory", "pubsub.in-memory"),
        ("secretstore.local.file", "secretstores.local.file"),
        ("State.Postgress", "state.postgres"),
    ],
)
def test_the_nearest_type_is_what_was_meant(misspelt, meant):
    assert nearest(misspelt)[0] == meant


def test_nothing_is_near_to_nonsense():
    assert nearest("xyzzy") == ()
