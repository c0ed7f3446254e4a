"""The sample run, as every test of the reports reads it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

_SAMPLE = runpy.run_path(str(Path(__file__).with_name("sample.py")))


@pytest.fixture
def results():
    """Give a fresh copy of the sample's results mapping."""
    return _SAMPLE["results"]()


@pytest.fixture
def secret():
    """Give the secret that stands in the sample."""
    return _SAMPLE["SECRET"]
