"""What the tests of hostile input stand on: the tiny pack with scripted parts, and services on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The worlds of other tests are used here too.
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))

from hostile_world import made_parts

from interviewer.build import Parts


@pytest.fixture(scope="session")
def hostile_parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """A role with enough questions for a loop, indexed with hashed words, before a scripted judge."""
    return made_parts(tmp_path_factory.mktemp("index"))
