"""Real sandboxes for the tests that are about them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from sandbox_world import MISSING

from interviewer.sandbox.choose import choose_runner
from interviewer.sandbox.plain import PlainRunner
from interviewer.sandbox.pool import Pool


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """bubblewrap's sandboxes, three at once."""
    if shutil.which("bwrap") is None:
        pytest.skip(MISSING)
    running = choose_runner("bubblewrap")
    # Where it is installed and does not work, every test would be skipped and nobody would notice.
    assert running.runner is not None, running.sentence
    made = Pool(running.runner, 3)
    made.want(())
    yield made
    made.close()


@pytest.fixture(scope="session")
def plain_pool() -> Iterator[Pool]:
    """Limited processes."""
    made = Pool(PlainRunner(), 2)
    yield made
    made.close()
