"""Listens on no port; the argument says what it is: one-shot, fails, idle, client or worker."""

import json
import os
import sys
import time
import urllib.request
from urllib.error import URLError

SIDECAR = f"http://127.0.0.1:{os.environ['DAPR_HTTP_PORT']}/v1.0"


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SIDECAR + path, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status


def await_sidecar():
    while not reachable():
        time.sleep(0.05)


def reachable():
    try:
        return call("/healthz/outbound") == 204
    except (URLError, OSError):
        return False


def work():
    await_sidecar()
    call("/state/statestore", [{"key": "report", "value": 1}])
    call("/publish/pubsub/reports", {"id": 1})


def stream():
    from dapr.clients import DaprClient

    with DaprClient() as client:
        for message in client.subscribe("pubsub", "reports"):
            message.data()


kind = sys.argv[1]
if kind == "worker":
    stream()
elif kind != "idle":
    work()
if kind == "fails":
    sys.exit("the report could not be made")
while kind in ("client", "idle"):
    time.sleep(1)
