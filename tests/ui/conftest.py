"""Services for the tests of the page's tabs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tab_world import Services, make_service

from interviewer.llm.protocol import ChatModel
from interviewer.service import InterviewService


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Makes services on the tiny pack, with a model or without; their databases are closed afterwards."""
    made: list[InterviewService] = []

    def make(model: ChatModel | None = None) -> InterviewService:
        made.append(make_service(tmp_path / "index", model))
        return made[-1]

    yield make
    for service in made:
        service.store.close()
