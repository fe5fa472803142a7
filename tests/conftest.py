"""Guards for every test: nothing of the user's is read or written, and nothing is fetched from a hub."""

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


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
