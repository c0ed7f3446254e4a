"""Faults planted in copies of the example apps: each is found, and is the app's."""

import pytest

SAVES = '_, err := call(ctx, "POST", store, []any{item})\n\treturn err'
FAULTS = {
    "node: acknowledges before it saves": (
        "orders_node/app/orders.js",
        "if (value) await state.save(key(id), value, record.etag);",
        "if (value) state.save(key(id), value, record.etag).catch(() => undefined);",
        "answers_to_deliveries",
    ),
    "node: swallows a failed save": (
        "orders_node/app/state.js",
        'checked(await call("POST", STORE,',
        'void (await call("POST", STORE,',
        "round_trip",
    ),
    "node: does not hand on the trace": (
        "orders_node/app/sidecar.js",
        "...tracing.outgoing(), ",
        "",
        "propagation",
    ),
    "node: leaves out what could not be read": (
        "orders_node/app/state.js",
        "if (!keys.every((key) => answered.has(key))) throw",
        "if (keys.length < 0) throw",
        "bulk",
    ),
    "go: acknowledges before it saves": (
        "orders_go/state.go",
        SAVES,
        'go call(context.WithoutCancel(ctx), "POST", store, []any{item})\n\treturn nil',
        "answers_to_deliveries",
    ),
    "go: swallows a failed save": (
        "orders_go/state.go",
        SAVES,
        'call(ctx, "POST", store, []any{item})\n\treturn nil',
        "round_trip",
    ),
    "go: does not hand on the trace": (
        "orders_go/sidecar.go",
        "\tcarryTrace(ctx, request.Header)\n",
        "",
        "propagation",
    ),
    "go: acknowledges what it cannot read": (
        "orders_go/events.go",
        'status = "DROP"',
        'status = "SUCCESS"',
        "answers_to_deliveries",
    ),
    "python: a job sends what the service refuses": (
        "orders_import/orders.csv",
        "4200",
        "-4200",
        "app_runs",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_the_apps(copied, judge, fault):
    path, old, new, check = FAULTS[fault]
    folder = copied(path.partition("/")[0])
    file = folder.parent / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    chosen = "round_trip" if check == "app_runs" else check
    result = judge(folder, "--dapr-examples=100", "-k", f"{chosen} and app")
    row = result.row("app_runs[system]" if check == "app_runs" else f"{check}[app]")
    assert (result.status, row["verdict"], row["attribution"]) == (1, "failed", "app"), result.out
