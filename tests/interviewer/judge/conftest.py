"""One real embedder and judge for the whole folder."""

import pytest

from interviewer.judge.embedded import EmbeddedJudge
from retrieval import Embedder, default_embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The packaged all-MiniLM-L6-v2."""
    return default_embedder()


@pytest.fixture(scope="session")
def judge(embedder: Embedder) -> EmbeddedJudge:
    """The judge that ships."""
    return EmbeddedJudge(embedder)
