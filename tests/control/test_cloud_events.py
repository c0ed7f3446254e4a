"""What the running control app shows of events and publishes, right and with faults planted."""

import base64
import json

import pytest

from dapr_conformance.control.spec import (
    ControlSpec,
    Echo,
    EntityRoutes,
    EventRoute,
    OutgoingCall,
    PlantedFault,
    RequestTemplate,
    TopicBehaviour,
)

ENTITY = EntityRoutes("store", RequestTemplate("PUT", "/orders/{id}"), RequestTemplate("GET", "/orders/{id}"))
SHOWS = {"/payments/0/amount": "/amount", "/payments/0/note": "/note"}
IN_RECORD = Echo(get="/orders/{id}", shows=SHOWS)
DATA = {"order": "o7", "amount": 2**63 - 1, "note": "ä"}
PUBLISH = OutgoingCall("publish", "bus", "POST", "/v1.0/publish/bus/paid", b"what was seen", "text/plain")


def spec(*faults, echo=IN_RECORD, calls=()):
    topic = TopicBehaviour("orders", "bus", {"valid": {"order": "{id}"}}, "/orders/{id}", "/payments", echo)
    planted = tuple(PlantedFault(name) for name in faults)
    routes = (EventRoute("/on-order", (topic,), calls=calls),)
    return ControlSpec(event_routes=routes, entity=ENTITY, state_component="store", faults=planted)


def shown(app, data, **attributes):
    word = app.deliver("/on-order", data, **attributes)[1]["status"]
    return app.json("GET", "/orders/o7")[1]["payments"][0] if word == "SUCCESS" else word


def test_what_was_understood_is_shown_in_the_record(start):
    assert shown(start(spec()), DATA) == {"event": "s e1", "amount": 2**63 - 1, "note": "ä"}


def test_it_may_be_shown_by_a_route_of_its_own(start):
    app = start(spec(echo=Echo(get="/last/{id}", shows={"/data": ""})))
    shown(app, DATA)
    assert app.json("GET", "/last/o7")[1] == {"data": DATA}


def test_it_may_be_saved_under_a_key(start, dapr):
    shown(start(spec(echo=Echo(key="last-{id}", store="store", shows={"": "/note"}))), DATA)
    assert json.loads(dapr.items["last-o7"][0]) == "ä"


@pytest.mark.parametrize(
    ("fault", "data", "wrong"),
    [
        ("ascii_data", DATA, {"amount": 2**63 - 1, "note": "?"}),
        ("float_integers", DATA, {"amount": 2**63, "note": "ä"}),
        ("falsy_is_missing", {**DATA, "amount": 0}, {"amount": None, "note": "ä"}),
        ("double_decodes", {**DATA, "note": "[1]"}, {"amount": 2**63 - 1, "note": [1]}),
    ],
)
def test_what_is_misunderstood(start, fault, data, wrong):
    assert shown(start(spec(fault)), data) == {"event": "s e1", **wrong}


@pytest.mark.parametrize(
    ("fault", "attributes"),
    [
        ("ignores_base64", {"data": None, "data_base64": base64.b64encode(json.dumps(DATA).encode()).decode()}),
        ("rejects_extensions", {"tenant": "x"}),
        ("needs_time", {}),
    ],
)
def test_what_is_refused(start, fault, attributes):
    sent = {"data": DATA, **attributes}
    assert shown(start(spec()), **sent) != "DROP"
    assert shown(start(spec(fault)), **sent) == "DROP"


def test_a_content_type_with_parameters_is_refused(start):
    app = start(spec("strict_content_type"))
    body = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": DATA}
    kind = "application/cloudevents+json"
    assert app.call("POST", "/on-order", body, {"Content-Type": kind})[0] == 200
    assert app.call("POST", "/on-order", body, {"Content-Type": f"{kind}; charset=utf-8"})[0] == 415


def published(start, dapr, *faults):
    shown(start(spec(*faults, calls=(PUBLISH,))), DATA)
    return next((headers.get("Content-Type"), body) for _, path, headers, body in dapr.calls if "/publish/" in path)


def test_the_data_of_the_event_is_published(start, dapr):
    kind, body = published(start, dapr)
    assert (kind, json.loads(body)) == ("application/json", DATA)


@pytest.mark.parametrize(
    ("fault", "kind", "part"),
    [
        ("publishes_text_of_json", "application/json", b'"{'),
        ("publishes_envelope_as_data", "application/json", b'"specversion"'),
        ("publishes_without_type", None, b"{"),
        ("publishes_bytes_as_text", "text/plain", b"\xe4"),
        ("publishes_without_id", "application/cloudevents+json", b'"data_base64"'),
        ("publishes_envelopes", "application/cloudevents+json", b'"id"'),
    ],
)
def test_what_is_published_instead(start, dapr, fault, kind, part):
    content_type, body = published(start, dapr, fault)
    assert content_type == kind
    assert part in body
