"""The example app on gRPC keeps the contracts; faults planted in a copy of it are found, each as the app's."""

import pytest

JUDGED = (2, 3, 4, 8, 10, 12)
LATE = """        threading.Thread(target=events.take, args=(request,)).start()
        return appcallback_v1.TopicEventResponse()"""
UNIMPLEMENTED = """        done = events.take(request)
        if done.status == 1:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "not now")
        return done"""
OF_ANOTHER_TOPIC = """    if event.path == "dead-letters" and event.topic != event.extensions["topic"]:
        return Response(status=Response.RETRY)
    if event.path == "dead-letters":
"""
# name -> file, old text, new text, check that must find it, text that its reason or actual must hold
FAULTS = {
    "acknowledges before it saves": (
        "__main__.py",
        "        return events.take(request)",
        LATE,
        "answers_to_deliveries",
        "",
    ),
    "swallows a failed save": (
        "events.py",
        'is not stored: %s", kind, error)\n        return Response.RETRY',
        'is not stored: %s", kind, error)\n        return Response.SUCCESS',
        "answers_to_deliveries",
        "SUCCESS",
    ),
    "answers an unknown status": (
        "events.py",
        "    return Response(status=_record(event, field))",
        "    return Response(status=_record(event, field) or 7)",
        "answers_to_deliveries",
        '"7"',
    ),
    "dies of an event that is no object": (
        "events.py",
        '        raise orders.InvalidError("no object")',
        '        __import__("os")._exit(3)',
        "answers_to_deliveries",
        "",
    ),
    "drops what a later attempt may process": (
        "__main__.py",
        "        return events.take(request)",
        UNIMPLEMENTED,
        "answers_to_deliveries",
        "404",
    ),
    "refuses dead letters": (
        "events.py",
        '    if event.path == "dead-letters":\n',
        OF_ANOTHER_TOPIC,
        "dead_letter",
        "RETRY",
    ),
    "hides a record that could not be read": (
        "state.py",
        "if any(item.error for item in found) or",
        "if",
        "bulk",
        "",
    ),
    "masks the error of an unknown method": (
        "methods.py",
        "        raise UnknownMethodError",
        "        return Response()",
        "methods",
        "200",
    ),
    "loses the query": (
        "methods.py",
        '"query": request.http_extension.querystring,',
        '"query": "",',
        "methods",
        "query",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_as_the_apps(copied, edit, judge, failed, only_culprit, name):
    app = copied("orders_grpc")
    file, old, new, check, said = FAULTS[name]
    edit(app / "app" / file, old, new)
    status, rows, output = judge(app, "-k", f"{check} and app")
    assert status == 1, output
    assert only_culprit(rows) == {"app"}, output
    assert said in f"{failed(rows)[0]['actual']} {failed(rows)[0]['reason']}", output


def test_the_app_as_it_is_keeps_the_contracts(copied, judge):
    status, rows, output = judge(copied("orders_grpc"), "-k", "app")
    assert status == 0, output
    judged = {row["property"]: row["verdict"] for row in rows}
    assert {number: judged.get(number) for number in JUDGED} == dict.fromkeys(JUDGED, "passed")
