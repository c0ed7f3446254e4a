import asyncio
import threading
import time

import pytest

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import INBOUND, Match, RecorderSpec
from dapr_conformance.warden.recorder import store as store_module
from dapr_conformance.warden.recorder.record import BODY_CAP, Capture
from dapr_conformance.warden.recorder.store import Matcher, Store

ANY = Matcher(Match())


def put(store, body=b""):
    record = store.open(1)
    record.request.add(body)
    store.ended(record, "complete")
    return record


def test_the_ring_is_bounded_by_number_and_by_size(monkeypatch):
    monkeypatch.setattr(store_module, "RING_EXCHANGES", 10)
    monkeypatch.setattr(store_module, "RING_BYTES", 50_000)
    store = Store()
    running = store.open(1)
    for _ in range(30):
        put(store)
    assert [record.id for record in store.records(ANY, 0)] == list(range(22, 32))
    store.ended(running, "complete")  # it has left the ring long ago
    for _ in range(9):
        put(store, bytes(9_000))
    assert [record.id for record in store.records(ANY, 0)] == list(range(36, 41))
    assert [record.id for record in store.records(ANY, 38)] == [39, 40]


def test_a_capture_keeps_the_start_and_the_true_length_and_hash():
    whole, parts = Capture(), Capture()
    data = bytes(range(256)) * 2000
    whole.add(data)
    for at in range(0, len(data), 1000):
        parts.add(data[at : at + 1000])
    assert whole.length == parts.length == len(data)
    assert whole.data() == parts.data() == data[:BODY_CAP]
    assert whole.sha256() == parts.sha256()


def test_waiting_sees_what_is_there_and_what_comes():
    async def run():
        store = Store()
        put(store)
        waiting = asyncio.create_task(store.wait(Matcher(Match(complete=True)), 2, 10, 0))
        await asyncio.sleep(0)
        record = store.open(1)
        store.changed(record)
        await asyncio.sleep(0)
        assert not waiting.done()
        store.ended(record, "complete")
        await asyncio.wait_for(waiting, 1)
        await asyncio.wait_for(store.wait(ANY, 0, 10, 0), 1)
        await store.wait(ANY, 1, 0.01, since_id=2)

    asyncio.run(run())


def test_waiting_through_the_socket(joint, read):
    found = []
    match = Match(path="/wanted", status=204)
    waiting = threading.Thread(
        target=lambda: found.extend(joint.warden.wait_exchanges(joint.name, match, 2, 10)),
    )
    waiting.start()
    client, server = joint.ends()
    for path in (b"/wanted", b"/not", b"/wanted"):
        client.sendall(b"GET %b HTTP/1.1\r\n\r\n" % path)
        read(server, len(path) + 17)
        server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        read(client, 27)
    waiting.join()
    assert [e.target for e in found] == ["/wanted", "/wanted"]
    assert joint.warden.last_exchange_id(joint.name) == 3
    assert [e.id for e in joint.warden.exchanges(joint.name, since_id=1)] == [2, 3]
    later = Match(started_after_ns=found[0].ended_ns)
    assert [e.id for e in joint.warden.exchanges(joint.name, later)] == [2, 3]
    started = time.monotonic()
    assert len(joint.warden.wait_exchanges(joint.name, match, 3, 0.1)) == 2
    assert 0.1 <= time.monotonic() - started < 5


def test_many_large_exchanges_come_in_pages(joint, read):
    client, server = joint.ends()
    body = bytes(range(256)) * 1000
    request = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    for _ in range(40):
        client.sendall(request)
        read(server, len(request))
        server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        read(client, 27)
    found = joint.warden.exchanges(joint.name)
    assert [e.id for e in found] == list(range(1, 41))
    assert all(e.request_body == body for e in found)


def test_wrong_names_and_patterns(joint):
    with pytest.raises(HarnessError, match=r"there is no recorder 'x'\nallowed: .*joint"):
        joint.warden.exchanges("x")
    with pytest.raises(HarnessError, match="not a regular expression"):
        joint.warden.exchanges(joint.name, Match(path="["))
    with pytest.raises(HarnessError, match="there is a recorder 'joint"):
        joint.warden.open_recorder(RecorderSpec(joint.name, INBOUND, 1, 2))
    (port,) = joint.warden.reserve_ports(1)
    with pytest.raises(HarnessError, match="no recorder speaks 'smtp'\nallowed: http1, h2c"):
        joint.warden.open_recorder(RecorderSpec("odd", INBOUND, port, 2, "smtp"))
