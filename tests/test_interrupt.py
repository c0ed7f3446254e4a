"""Ctrl-C while examples are drawn."""

import os
import signal

import pytest
from hypothesis import strategies as st

from dapr_conformance import interrupt
from dapr_conformance.probes.examples import ForAll


@pytest.fixture(autouse=True)
def interruptible():
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    interrupt.once()
    yield
    interrupt.once()  # forgets what was heard
    for number, handler in before:
        signal.signal(number, handler)


class Interrupted:
    """Its destructor is interrupted, and Python swallows what a destructor raises."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_swallows_still_ends_the_run():
    Interrupted()
    with pytest.raises(KeyboardInterrupt):
        ForAll(lambda _: None).run(st.integers(), 100, 1)


def test_only_the_first_interrupt_raises():
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
