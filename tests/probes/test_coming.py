import threading

import pytest

from dapr_conformance.probes.coming import Coming
from dapr_conformance.requirement import Arena


class Environment:
    def __init__(self):
        self.stopped = threading.Event()

    def stop(self):
        self.stopped.set()


def test_it_is_waited_for_and_given():
    gate, environment = threading.Event(), Environment()

    def start():
        assert gate.wait(10)
        return environment

    coming = Coming(Arena(), start)
    gate.set()
    assert coming.environment() is environment


def test_what_went_wrong_is_raised_where_it_is_asked_for():
    def start():
        raise ValueError("no port")

    with pytest.raises(ValueError, match="no port"):
        Coming(Arena(), start).environment()


def test_one_that_nobody_asks_for_is_stopped():
    environment = Environment()
    Coming(Arena(), lambda: environment).end()
    assert environment.stopped.is_set()


def test_one_that_did_not_start_needs_no_stop():
    def start():
        raise ValueError("no port")

    Coming(Arena(), start).end()


def test_the_end_of_a_run_does_not_wait_for_one_that_still_starts():
    gate = threading.Event()
    coming = Coming(Arena(), lambda: gate.wait(30))
    coming.leave()
    gate.set()
