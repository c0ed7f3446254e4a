"""The container step with a fake `docker` at the process boundary; its calls are counted in the file `docker-calls`."""

import pytest

from dapr_conformance.errors import RuntimeUnavailableError
from dapr_conformance.runtime import image
from dapr_conformance.runtime.provider import provide

VERSION = "1.17.3"
# Knows an image whose files lie in `image/`; `pulled` is there once the daemon has it, `container` while one is made.
FAKE_DOCKER = """
echo "$@" >> "{folder}/docker-calls"
case "$1" in
version) {version} ;;
image) [ -e "{folder}/pulled" ] ;;
pull) {pull}; touch "{folder}/pulled" ;;
create) touch "{folder}/container" ;;
cp) cp "{folder}/image/${{2##*:/}}" "$3" ;;
rm) rm "{folder}/container" ;;
esac
"""


@pytest.fixture
def docker(machine):
    def write(version="echo 28.2.2", pull="true"):
        machine.dapr(machine.folder / "image", VERSION)
        machine.script(machine.path / "docker", FAKE_DOCKER.format(folder=machine.folder, version=version, pull=pull))

    return write


def calls(machine):
    return (machine.folder / "docker-calls").read_text(encoding="utf-8").splitlines()


def verbs(machine):
    return [call.split()[0] for call in calls(machine)]


def refused(machine, said):
    with pytest.raises(RuntimeUnavailableError) as error:
        provide(VERSION, said.append, machine.cache)
    assert not (machine.cache / "runtime" / VERSION).exists()
    return str(error.value).splitlines()[1].partition(f":{VERSION}: ")[2]


def test_the_programs_are_copied_out_of_the_pulled_image(machine, docker, said):
    docker()
    found = provide(VERSION, said.append, machine.cache)
    assert found.source == f"the container image daprio/dapr:{VERSION}, kept in {machine.cache}/runtime/{VERSION}"
    assert verbs(machine) == ["version", "image", "pull", "rm", "create", "cp", "cp", "cp", "cp", "rm"]
    assert not (machine.folder / "container").exists()
    assert any(call.startswith("create --platform=linux/") and call.endswith("/daprd") for call in calls(machine))


def test_an_image_that_the_daemon_has_is_not_pulled(machine, docker, said):
    docker(pull="exit 1")
    (machine.folder / "pulled").touch()
    assert provide(VERSION, said.append, machine.cache).version == VERSION


def test_another_repository_can_be_named(machine, docker, said, monkeypatch):
    docker()
    monkeypatch.setenv("DAPR_CONFORMANCE_IMAGE", "mirror.example/dapr/dapr")
    provide(VERSION, said.append, machine.cache)
    assert calls(machine)[1] == f"image inspect --format={{{{.Id}}}} mirror.example/dapr/dapr:{VERSION}"


def test_without_a_daemon_the_step_is_one_cheap_question(machine, docker, said):
    docker(version="echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    assert refused(machine, said) == "no Docker daemon answers: Cannot connect to the Docker daemon"
    assert verbs(machine) == ["version"]


def test_a_daemon_that_says_nothing_is_given_up(machine, docker, said, monkeypatch):
    docker(version="sleep 60")
    monkeypatch.setattr(image, "_ANSWER", 0.1)
    assert refused(machine, said) == "no Docker daemon answers: docker version did not end within 0 s"


def test_an_image_that_cannot_be_pulled_gives_docker_s_reason(machine, docker, said):
    docker(pull="echo 'manifest unknown' >&2; exit 1")
    assert refused(machine, said) == f"daprio/dapr:{VERSION} cannot be pulled: manifest unknown"


def test_an_image_without_a_program_is_refused_and_its_container_removed(machine, docker, said):
    docker()
    (machine.folder / "image" / "scheduler").unlink()
    assert refused(machine, said).startswith(f"daprio/dapr:{VERSION} holds no /scheduler: ")
    assert not (machine.folder / "container").exists()
