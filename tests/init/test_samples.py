"""Requests of `.http` files, as editors write them."""

import pytest

from dapr_conformance.init.samples import of_file, of_project

FILE = """\
@host = http://localhost:{{port}}
@port = 8000

### List
GET {{host}}/orders?open=true HTTP/1.1
Accept: application/json

### Create
# @name create
POST http://localhost:3500/v1.0/invoke/shop/method/orders
Content-Type: application/json

{
  "id": "7",

  "amount": 2
}

> {% client.test() %}

###
POST http://localhost:3500/v1.0/publish/pubsub/orders
Content-Type: application/json

{"orderId": "7"}
###
DELETE /orders/{{$guid}}
###
PUT /orders/7
Content-Type: text/plain

tea
"""


@pytest.fixture
def found(tmp_path):
    (tmp_path / "shop.http").write_text(FILE)
    return of_project(tmp_path)


def test_each_request_is_read_with_its_body_variables_and_line(found):
    assert [(each.method, each.path, each.body, each.origin) for each in found] == [
        ("GET", "/orders?open=true", None, "shop.http:5"),
        ("POST", "/v1.0/invoke/shop/method/orders", {"id": "7", "amount": 2}, "shop.http:10"),
        ("POST", "/v1.0/publish/pubsub/orders", {"orderId": "7"}, "shop.http:22"),
        ("PUT", "/orders/7", None, "shop.http:29"),
    ]


def test_what_a_request_is_for_is_known(found):
    assert [each.published for each in found] == [None, None, ("pubsub", "orders"), None]
    assert [each.to_app("shop") for each in found] == ["/orders?open=true", "/orders", None, "/orders/7"]
    assert found[1].to_app("other") is None


def test_packages_of_others_are_not_read(tmp_path):
    for name in ("node_modules/a.http", ".venv/b.http", "requests/c.rest"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("GET /a\n")
    assert [each.origin for each in of_project(tmp_path)] == ["requests/c.rest:1"]


@pytest.mark.parametrize("text", ["", "\0", "GET", "GET {{unknown}}/a", "GET http://[/", "@a = {{a}}\nGET {{a}}"])
def test_what_cannot_be_understood_is_left_out(tmp_path, text):
    (tmp_path / "odd.http").write_text(text)
    assert of_file(tmp_path / "odd.http", tmp_path) == []
