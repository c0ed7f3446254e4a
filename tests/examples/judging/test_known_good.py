"""Each example app keeps every contract that can be judged of it: nothing is failed, inconclusive, warned or flaky."""

import pytest

ALL = frozenset({1, 2, 3, 4, 8, 9, 10, 12, 24})
JUDGED = {
    "orders": ALL,
    "orders_grpc": ALL,
    "orders_node": ALL,
    "orders_go": ALL,
    "orders_import": frozenset(),  # no port: it is watched while it works
}


@pytest.mark.parametrize("name", JUDGED)
def test_an_example_is_conformant(copied, judge, name):
    result = judge(copied(name), "-m", "dapr_app")
    assert result.status == 0, result.out
    rows = result.results["checks"]
    assert {row["id"]: row["verdict"] for row in rows if row["verdict"] not in ("passed", "unsupported")} == {}
    verdicts = {row["property"]: row["verdict"] for row in rows if row["property"] in ALL}
    assert verdicts == {number: "passed" if number in JUDGED[name] else "unsupported" for number in ALL}, result.out
    assert all(row["reason"] for row in rows if row["verdict"] == "unsupported")


def test_the_job_without_a_port_is_seen_at_work(copied, judge):
    row = judge(copied("orders_import"), "-k", "round_trip and app").row("system/app_works")
    assert row["verdict"] == "passed"
    assert row["reason"].startswith("one-shot: ended with status 0; called its sidecar"), row
