from pathlib import Path

from dapr_conformance.reporting.terminal import failure, summary

ID = "properties/state/what_is_saved_is_read[app]@embedded"


def test_the_summary_tells_verdict_failures_what_is_missing_and_the_report(results):
    lines = summary(results, Path("dapr-report/index.html"))
    assert lines[0] == "FAIL  orders is not conformant: 2 requirements are not kept (exit status 1, 12.8 s)"
    assert lines[1] == "  2 failed, 1 blocked, 1 inconclusive, 1 warned, 2 passed, 1 unsupported"
    assert lines[-3:] == [
        "judged 1 of 30 on the app's side; this line adds 1:",
        "  invoke: {routes: [{method: POST, path: /echo, echo: true}]}",
        "report: dapr-report/index.html",
    ]


def test_a_failure_in_the_summary_ends_with_the_command_that_repeats_it(results):
    lines = summary(results)
    start = lines.index(f"FAILED {ID}")
    block = lines[start : lines.index("", start)]
    names = [line.strip().partition(":")[0] for line in block[1:]]
    assert names == ["at", "requirement", "expected", "actual", "attribution", "repeat"]


def test_a_failure_alone_tells_everything_and_ends_with_the_command(results):
    lines = failure(results["checks"][1])
    text = "\n".join(lines)
    for part in (
        "requirement: An app MUST NOT",
        "expected: POST /orders answers 5xx",
        "actual: POST /orders answered 201",
        'minimal example:\n  order = {"id": "a", "amount": 0}',
        "  > POST /v1.0/state/statestore",
        "  < 500",
        "log of daprd-orders:",
        "  R1 the control app in the app's place: passed",
        "attribution: app: the control app answered 503",
    ):
        assert part in text
    assert lines[-1].startswith("repeat: pytest --dapr-target=orders")
    assert ID in lines[-1]


def test_many_failures_stay_readable(results):
    results["checks"] = [results["checks"][1]] * 500
    lines = summary(results)
    assert len(lines) < 120
    assert "490 more in the report" in lines


def test_nothing_of_the_app_reaches_the_terminal_unescaped(results):
    row = results["checks"][1]
    evil = "\x1b]0;title\x07\x1b[2J\u202e\ud800\r" + "x" * 1_000_000
    for name in ("expected", "actual", "reason", "requirement", "id"):
        row[name] = evil if name != "id" else evil[:20]
    for piece in row["evidence"]:
        if piece["kind"] == "exchange":
            piece["data"]["request"] |= {"target": evil, "body": evil, "headers": [[evil, evil]]}
        if piece["kind"] == "log":
            piece["data"]["lines"] = [evil] * 100
    row["reproduce"]["command"] = "pytest \x1b[0m"
    results["target"]["app_id"] = "or\x1bders"
    text = "\n".join([*failure(row), *summary(results)])
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(text) < 40_000
    text.encode()


def test_a_check_without_evidence_or_command_is_told_all_the_same(results):
    row = results["checks"][0] | {"reproduce": None, "trigger": None, "reason": "why"}
    assert failure(row)[-1] == "reason: why"


def test_an_exchange_without_an_answer_says_so(results):
    row = results["checks"][1]
    row["evidence"][1]["data"]["response"] = None
    assert "  < no answer" in failure(row)
