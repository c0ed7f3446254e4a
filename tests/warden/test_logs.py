import time
from pathlib import Path

from dapr_conformance.warden.logs import Log


def test_lines_have_their_stream_and_time(warden, python):
    before = time.monotonic_ns()
    warden.spawn(python("talks", "import sys; print('out'); sys.stdout.flush(); sys.stderr.write('err\\r\\nno end')"))
    warden.wait_process("talks", 10)
    lines = warden.logs("talks")
    assert sorted((line.stream, line.text) for line in lines) == [
        ("stderr", "err"),
        ("stderr", "no end"),
        ("stdout", "out"),
    ]
    assert all(before < line.t_ns < time.monotonic_ns() for line in lines)


def test_lines_by_time_and_number(tmp_path):
    log = Log(tmp_path / "x.log")
    for n in range(5):
        log.write("stdout", b"%d\n" % n)
    times = [line.t_ns for line in log.lines(None, None, None)]
    assert [line.text for line in log.lines(times[1], times[3], None)] == ["1", "2"]
    assert [line.text for line in log.lines(None, None, 2)] == ["3", "4"]
    assert log.lines(None, None, 0) == []


def test_last_words_are_there_when_the_death_is_known(warden, python):
    for n in range(10):
        warden.spawn(
            python("dies", f"import os, sys; sys.stderr.write('last words {n}'); sys.stderr.flush(); os._exit(1)")
        )
        warden.wait_process("dies", 10)
        assert warden.logs("dies", last=1)[0].text == f"last words {n}"


def test_a_flood_harms_nobody(warden, python, joint, read):
    code = "import sys\nfor n in range(300_000): sys.stdout.write(f'line {n} ' + 'x' * 90 + '\\n')"
    warden.spawn(python("flood", code))
    client, server = joint.ends()
    for _ in range(50):
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        read(server, 18)
        server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        read(client, 27)
    assert warden.wait_process("flood", 60).exit_code == 0
    lines = warden.logs("flood")
    assert len(lines) == 2000
    assert lines[-1].text.startswith("line 299999 x")
    run = Path(f"/proc/{warden.pid}/cwd").resolve()
    size = (run / "logs" / "flood.log").stat().st_size
    assert 20 * 1024 * 1024 < size < 20 * 1024 * 1024 + 200


def test_binary_output_and_endless_lines(warden, python):
    code = "import os; os.write(1, bytes(range(256)) * 4000); os.write(1, b'\\n' + b'y' * 300_000 + b'\\nend\\n')"
    warden.spawn(python("binary", code))
    assert warden.wait_process("binary", 10).exit_code == 0
    lines = warden.logs("binary")
    assert lines[-1].text == "end"
    assert max(len(line.text) for line in lines) <= 8 * 1024
    raw = (Path(f"/proc/{warden.pid}/cwd").resolve() / "logs" / "binary.log").read_bytes()
    assert raw.startswith(bytes(range(256)) * 100)


def test_a_full_disk_stops_the_file_and_not_the_ring():
    log = Log(Path("/dev/full"))
    log.write("stdout", b"one\n")
    log.write("stdout", b"two\n")
    assert [line.text for line in log.lines(None, None, None)] == ["one", "two"]
