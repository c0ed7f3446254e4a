"""The entity's routes of the running control app, right and with faults planted."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dapr_conformance.control.spec import ControlSpec, EntityRoutes, PlantedFault, RequestTemplate

ENTITY = EntityRoutes(
    component="store",
    save=RequestTemplate("PUT", "/orders/{id}"),
    get=RequestTemplate("GET", "/orders/{id}"),
    list=RequestTemplate("GET", "/orders"),
    delete=RequestTemplate("DELETE", "/orders/{id}"),
    conditional_header="If-Match",
)
AWKWARD = ["a+b", "a%20b", "a%2Fb", "a%257C%257Cb", "a%7C%7Cb", "a%3Fb", "%C3%A9", "A", "a", ".", "a" * 60, "a" * 61]


def spec(*names, **arguments):
    return ControlSpec(entity=ENTITY, state_component="store", faults=tuple(PlantedFault(n, arguments) for n in names))


@pytest.mark.parametrize("name", ["", "answers_204", "answers_201", "spaced_json", "chunked_answers", "saves_again"])
def test_every_identifier_has_its_own_record(start, name):
    app = start(spec(*[name] if name else []))
    bodies = {path: {"n": number, "text": f"é {path}", "big": 2**53} for number, path in enumerate(AWKWARD)}
    assert {app.call("PUT", f"/orders/{path}", body)[0] // 100 for path, body in bodies.items()} == {2}
    assert {path: app.json("GET", f"/orders/{path}")[1] for path in bodies} == bodies
    assert len(app.json("GET", "/orders")[1]) == len(bodies)


def test_a_stale_etag_is_refused_and_a_current_one_is_not(start):
    app = start(spec())
    app.call("PUT", "/orders/1", {"n": 1})
    etag = app.call("GET", "/orders/1")[1]["etag"]
    assert app.call("PUT", "/orders/1", {"n": 2}, {"If-Match": etag})[0] == 200
    assert app.call("PUT", "/orders/1", {"n": 3}, {"If-Match": etag})[0] == 412
    assert app.call("DELETE", "/orders/1", headers={"If-Match": etag})[0] == 412
    assert app.json("GET", "/orders/1")[1] == {"n": 2}


def test_a_deleted_record_is_gone_from_route_list_and_store(start, dapr):
    app = start(spec())
    app.call("PUT", "/orders/1", {})
    assert app.call("DELETE", "/orders/1")[0] == 204
    assert app.call("GET", "/orders/1")[0] == 404
    assert app.call("DELETE", "/orders/1")[0] == 204
    assert app.json("GET", "/orders")[1] == []
    assert list(dapr.items) == ["index"]


def test_a_failing_state_component_is_never_success(start, dapr):
    app = start(spec())
    dapr.fails = lambda _method, path, _body: "/state/" in path
    answers = [app.call("PUT", "/orders/1", {}), app.call("GET", "/orders/1"), app.call("DELETE", "/orders/1")]
    assert [status for status, _, _ in answers] == [503, 503, 503]


@pytest.mark.parametrize("body", [b"", b"{", b"1e400", b"NaN", b"\xff"])
def test_a_body_that_is_not_json_is_the_callers_fault(start, body):
    assert start(spec()).call("PUT", "/orders/1", body)[0] == 400


def test_the_list_loses_nothing_under_concurrent_saves(start):
    app = start(spec())
    with ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(lambda n: app.call("PUT", f"/orders/{n}", {})[0], range(24)))
    assert statuses == [200] * 24
    assert len(app.json("GET", "/orders")[1]) == 24


def test_records_survive_a_restart(start):
    app = start(spec())
    app.call("PUT", "/orders/1", {"n": 1})
    app.process.terminate()
    assert app.process.wait(5) == 0
    assert start(spec()).json("GET", "/orders/1")[1] == {"n": 1}


def test_an_entity_without_a_component_lives_in_memory(start, dapr):
    routes = EntityRoutes(None, ENTITY.save, ENTITY.get)
    app = start(ControlSpec(entity=routes))
    app.call("PUT", "/orders/1", {"n": 1})
    assert app.json("GET", "/orders/1") == (200, {"n": 1})
    assert not dapr.calls


def _pair(app, first, second):
    app.call("PUT", f"/orders/{first}", {"n": 1})
    app.call("PUT", f"/orders/{second}", {"n": 2})
    return app.json("GET", f"/orders/{first}")[1]


@pytest.mark.parametrize(
    ("fault", "first", "second"),
    [("shared_key_lowercase", "a", "A"), ("truncate_key", "a" * 40, "a" * 41), ("stale_cache", "a", "a")],
)
def test_shared_keys_are_seen(start, fault, first, second):
    app = start(spec(fault))
    app.call("PUT", f"/orders/{first}", {"n": 0})
    app.call("GET", f"/orders/{first}")
    assert _pair(app, first, second) != {"n": 1}


def test_an_unescaped_key_reads_another_item(start):
    app = start(spec("unescaped_key"))
    assert app.call("PUT", "/orders/a%2541", {"n": 1})[0] == 200
    assert app.call("GET", "/orders/a%2541")[0] == 404
    assert _pair(app, "plain", "other") == {"n": 1}


@pytest.mark.parametrize(
    ("fault", "sent", "shown"),
    [
        ("lossy_numbers", {"n": 16777217, "x": 0.5}, {"n": 16777216, "x": 0.5}),
        ("strip_unicode", {"t": "é"}, {"t": "?"}),
        ("drop_field", {"a": 1, "b": 2}, {"a": 1}),
    ],
)
def test_a_changed_body_is_seen(start, fault, sent, shown):
    app = start(spec(fault))
    app.call("PUT", "/orders/1", sent)
    assert app.json("GET", "/orders/1")[1] == shown


@pytest.mark.parametrize("fault", ["swallow_conflict", "lost_update"])
def test_a_stale_etag_passes(start, fault):
    app = start(spec(fault))
    app.call("PUT", "/orders/1", {"n": 1})
    assert app.call("PUT", "/orders/1", {"n": 2}, {"If-Match": '"99"'})[0] == 200


@pytest.mark.parametrize("fault", ["swallow_failure", "ack_without_saving", "write_behind"])
def test_a_failed_save_passes(start, dapr, fault):
    app = start(spec(fault))
    dapr.fails = lambda method, _path, body: method == "POST" and b"record" in body
    assert app.call("PUT", "/orders/1", {})[0] == 200


def test_a_fault_can_strike_now_and_then(start):
    app = start(spec("ack_without_saving", every=4))
    saved = [app.call("PUT", f"/orders/{n}", {})[0] for n in range(8)]
    assert set(saved) == {200}
    assert [app.call("GET", f"/orders/{n}")[0] for n in range(8)] == [200, 200, 200, 404] * 2
