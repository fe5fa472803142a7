"""Guards for every test: nothing of the user's is read or written, and nothing is fetched from a hub; databases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from postgres_server import MISSING, PostgresServer, find_binaries, running_server

from interviewer.packs import load_role_pack
from retrieval import build_passages, default_embedder, open_retriever

TESTS = Path(__file__).parent

# How long an example takes says how busy the machine is.
settings.register_profile("mockround", deadline=None)
settings.load_profile("mockround")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the shell do not reach a test, and a command that is given no --data writes to a temporary folder."""
    for name in list(os.environ):
        if name.startswith("MOCKROUND_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MOCKROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MOCKROUND_LLM", "none")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("DO_NOT_TRACK", "1")


@pytest.fixture(scope="session")
def built_in_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the built-in pack's index, embedded once for the whole run: xdist's workers share it.

    Who writes more than an index links it into a folder of their own (`with_index`).
    """
    base = tmp_path_factory.getbasetemp()
    data = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "built-in-data"
    role = load_role_pack()
    folder = data / "index" / role.pack.info.id
    open_retriever(
        folder, build_passages(role.pack, role.rubrics), default_embedder(), glossary=role.pack.glossary
    )
    return data


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster for the whole run."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(MISSING)
    with running_server(binaries) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind that is supported."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rounds.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_url()
