"""The tiny pack with its parts, built once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from round_world import NO_MODEL, TINY, ScriptedJudge, World, make_world

from interviewer.build import Parts
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.packs import RolePack, load_role_pack
from retrieval import Embedder, HashEmbedder, build_passages, default_embedder, open_retriever


@pytest.fixture(scope="session")
def role() -> RolePack:
    """The tiny pack."""
    return load_role_pack(TINY)


@pytest.fixture(scope="session")
def parts(role: RolePack, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The tiny pack indexed with hashed words; no model is loaded."""
    return _parts(role, HashEmbedder(), tmp_path_factory.mktemp("hashed"))


@pytest.fixture(scope="session")
def real_parts(role: RolePack, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The tiny pack with the packaged embedding model and the judge that stands on it."""
    return _parts(role, default_embedder(), tmp_path_factory.mktemp("embedded"))


def _parts(role: RolePack, embedder: Embedder, folder: Path) -> Parts:
    passages = build_passages(role.pack, role.rubrics)
    retriever = open_retriever(folder, passages, embedder)
    judge = ScriptedJudge() if isinstance(embedder, HashEmbedder) else EmbeddedJudge(embedder)
    return Parts(role, embedder, retriever, passages, judge, None, NO_MODEL)


@pytest_asyncio.fixture
async def world(parts: Parts, tmp_path: Path) -> AsyncIterator[World]:
    """A service with the scripted judge on its own SQLite file."""
    made = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}")
    yield made
    await made.service.aclose()


@pytest_asyncio.fixture
async def world_on_each(parts: Parts, store_url: str) -> AsyncIterator[World]:
    """The same on each kind of database; a module that is about what is stored calls it `world`."""
    made = make_world(parts, store_url)
    yield made
    await made.service.aclose()
