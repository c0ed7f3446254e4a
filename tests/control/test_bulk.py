"""The bulk routes of the running control app, right and with faults planted."""

import json

import pytest

from dapr_conformance.control.spec import BulkRoutes, ControlSpec, EntityRoutes, PlantedFault, RequestTemplate

ENTITY = EntityRoutes(
    component="store",
    save=RequestTemplate("PUT", "/orders/{id}"),
    get=RequestTemplate("GET", "/orders/{id}"),
    list=RequestTemplate("GET", "/orders"),
)
BULK = BulkRoutes(
    get=RequestTemplate("GET", "/orders?ids={ids}"),
    save=RequestTemplate("POST", "/orders", {"orders": "{records}"}),
    records="/found/orders",
)
IDS = [f"{number}-ä" for number in (3, 1, 20, 12, 2, 11, 10, 9, 8, 7)]


def spec(*names, bulk=BULK):
    faults = tuple(PlantedFault(name) for name in names)
    return ControlSpec(entity=ENTITY, bulk=bulk, state_component="store", faults=faults)


def saved(start, *names):
    app = start(spec(*names))
    rows = [{"id": each, "n": number} for number, each in enumerate(IDS)]
    assert app.call("POST", "/orders", {"orders": rows})[0] == 204
    return app, rows


def shown(app, ids):
    status, _, body = app.call("GET", "/orders?ids=" + ",".join(ids).replace("ä", "%C3%A4"))
    return json.loads(body)["found"]["orders"] if status == 200 else status


def test_what_is_saved_together_is_shown_together_and_alone(start):
    app, rows = saved(start)
    assert shown(app, IDS) == rows
    assert shown(app, [IDS[1], "missing", IDS[0], IDS[1]]) == [rows[1], rows[0], rows[1]]
    assert app.json("GET", "/orders/3-%C3%A4")[1] == {"n": 0}
    assert app.json("GET", "/orders")[1] == sorted(IDS)


def test_identifiers_may_stand_in_the_body(start):
    app = start(spec(bulk=BulkRoutes(get=RequestTemplate("POST", "/find", {"ids": "{ids}"}))))
    app.call("PUT", "/orders/1", {"n": 1})
    assert app.json("POST", "/find", {"ids": ["1", "2"]}) == (200, [{"id": "1", "n": 1}])
    assert app.call("POST", "/find", {"ids": "1"})[0] == 400


def test_a_batch_without_identifiers_is_refused(start):
    app, _ = saved(start)
    assert app.call("POST", "/orders", {"orders": [{"n": 1}]})[0] == 400
    assert app.call("POST", "/orders", b"{")[0] == 400


def test_a_failure_is_no_success(start, dapr):
    app, _ = saved(start)
    dapr.fails = lambda _method, path, _body: path.endswith("/store/bulk")
    assert shown(app, IDS) == 503
    dapr.fails = lambda method, _path, _body: method == "POST"
    assert app.call("POST", "/orders", {"orders": [{"id": "1"}]})[0] == 503


@pytest.mark.parametrize(
    ("fault", "ids", "lost"),
    [("bulk_stops_at_missing", [IDS[0], "missing", IDS[1]], 1), ("bulk_loses_last_of_chunk", IDS, 1)],
)
def test_what_is_lost(start, fault, ids, lost):
    app, _ = saved(start, fault)
    assert len(shown(app, ids)) == len([each for each in ids if each in IDS]) - lost


def test_one_is_taken_for_another(start):
    app, rows = saved(start, "bulk_by_position")
    assert shown(app, IDS[:2]) == [{**rows[0], "n": 1}, {**rows[1], "n": 0}]
    app, rows = saved(start, "bulk_invents_missing")
    assert shown(app, [IDS[0], "missing"]) == [rows[0], {**rows[0], "id": "missing"}]


def test_the_last_of_a_chunk_is_not_saved(start, dapr):
    saved(start, "bulk_saves_without_last_of_chunk")
    assert f"record-{IDS[-1]}" not in dapr.items
    assert f"record-{IDS[0]}" in dapr.items


@pytest.mark.parametrize("fault", ["bulk_errors_as_missing", "bulk_lost_as_neighbour"])
def test_a_record_that_cannot_be_read_is_missed_by_nobody(start, dapr, fault):
    app, _ = saved(start, fault)
    whole = dapr._entry
    wrong = {"key": f"record-{IDS[0]}", "error": "down"} if fault == "bulk_errors_as_missing" else {"key": "x"}
    dapr._entry = lambda key: wrong if key == f"record-{IDS[0]}" else whole(key)
    assert isinstance(shown(app, [IDS[1], IDS[0]]), list)


def test_the_spec_travels_as_json():
    assert ControlSpec.loads(spec().dumps()) == spec()
    assert json.loads(spec().dumps())["bulk"]["id_field"] == "id"
