"""The tiny pack with its parts, built once, and the doors to it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TextIO

import httpx
import pytest
import pytest_asyncio
from api_client import make_client
from cli_runner import Finished, Run, run_here
from loop_world import loop_role
from round_world import TINY, World, make_parts, make_world

from interviewer.build import Parts
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.packs import RolePack, load_role_pack
from retrieval import HashEmbedder, default_embedder


@pytest.fixture(scope="session")
def role() -> RolePack:
    """The tiny pack."""
    return load_role_pack(TINY)


@pytest.fixture(scope="session")
def parts(role: RolePack, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The tiny pack indexed with hashed words; no model is loaded."""
    return make_parts(role, HashEmbedder(), tmp_path_factory.mktemp("hashed"))


@pytest.fixture(scope="session")
def loop_parts(role: RolePack, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """A role with enough questions for a whole loop, indexed with hashed words."""
    return make_parts(loop_role(role), HashEmbedder(), tmp_path_factory.mktemp("loop"))


@pytest.fixture(scope="session")
def real_parts(role: RolePack, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The tiny pack with the packaged embedding model and the judge that stands on it."""
    embedder = default_embedder()
    return make_parts(role, embedder, tmp_path_factory.mktemp("embedded"), EmbeddedJudge(embedder))


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


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The HTTP API of `world`, in this process."""
    async with make_client(world) as made:
        yield made


@pytest.fixture
def command_parts(real_parts: Parts) -> Parts:
    """What commands stand on: the packaged embedding model, loaded once for all tests. A module may choose `parts`."""
    return real_parts


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command_parts: Parts) -> Run:
    """`mockround` in this process, with the embedder of `command_parts`."""
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: command_parts.embedder)

    def go(*args: object, stdin: str | TextIO = "") -> Finished:
        return run_here(monkeypatch, capsys, *args, stdin=stdin)

    return go


@pytest.fixture
def place(tmp_path: Path) -> tuple[object, ...]:
    """Options for the tiny pack and a data folder of the test's own."""
    return ("--data", tmp_path / "rounds", "--pack", TINY)
