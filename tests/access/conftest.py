"""A service that asks who is there."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))  # its worlds are used here too

from access_world import Guarded, make_accounts
from round_world import TINY, make_parts, make_world

from interviewer.access.audit import AUDIT_FILE, AuditFile
from interviewer.build import Parts
from interviewer.packs import load_role_pack
from retrieval import HashEmbedder


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The tiny pack indexed with hashed words; no model is loaded."""
    return make_parts(load_role_pack(TINY), HashEmbedder(), tmp_path_factory.mktemp("hashed"))


@pytest_asyncio.fixture
async def guarded(parts: Parts, tmp_path: Path) -> AsyncIterator[Guarded]:
    accounts, tokens = make_accounts(tmp_path)
    made = make_world(
        parts, f"sqlite:///{tmp_path / 'rounds.db'}", auth=accounts.path, audit=AuditFile(tmp_path)
    )
    yield Guarded(made, accounts, tokens, tmp_path / AUDIT_FILE)
    await made.service.aclose()
