import pytest

from dapr_conformance.checkers.cloud_event import decoded, is_envelope, problem

EVENT = {"id": "1", "source": "/s", "specversion": "1.0", "type": "t"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"data": None},
        {"data": {"any": [1.5]}},
        {"data_base64": ""},
        {"data_base64": "AP8=", "datacontenttype": "application/octet-stream"},
        {"time": "2020-02-29T23:59:59.123Z", "subject": "ä", "dataschema": "https://x"},
        {"time": "2020-02-29T23:59:59+05:30", "ext1": True, "ext2": -1, "tracestate": ""},
    ],
)
def test_valid_events(more):
    assert problem({**EVENT, **more}) == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"id": ""}, "id is ''"),
        ({"id": 7}, "id is 7"),
        ({"source": None}, "source is None"),
        ({"specversion": "0.3"}, "specversion is not 1.0"),
        ({"type": ""}, "type"),
        ({"datacontenttype": ""}, "datacontenttype"),
        ({"subject": ""}, "subject"),
        ({"time": "2020-02-30T00:00:00Z"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": 5}, "time"),
        ({"myExtension": "x"}, "'myExtension'"),
        ({"my_extension": "x"}, "'my_extension'"),
        ({"ext": {"nested": 1}}, "ext"),
        ({"data": 1, "data_base64": "AP8="}, "both"),
        ({"data_base64": "no base64!"}, "base64"),
        ({"data_base64": 5}, "base64"),
    ],
)
def test_what_is_wrong_is_named(more, said):
    assert said in problem({**EVENT, **more})


@pytest.mark.parametrize("name", EVENT)
def test_each_required_attribute_is_required(name):
    less = {key: value for key, value in EVENT.items() if key != name}
    assert name in problem(less)
    assert problem(less, without=[name]) == ""
    assert not is_envelope(less)


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_what_is_no_object_is_no_event(value):
    assert problem(value)
    assert not is_envelope(value)


def test_an_envelope_is_known():
    assert is_envelope(EVENT)


def test_base64():
    assert decoded("AP8=") == b"\x00\xff"
    assert decoded("AP8") is None
