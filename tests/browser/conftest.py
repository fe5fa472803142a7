"""Chromium and the server, once for all tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clocked_server import ClockedServer
from real_page import headless_chromium
from real_server import Server, with_index

from interviewer.packs import BUILT_IN_PACK


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless Chromium; the test is skipped where there is none."""
    with headless_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A browser window of a person who was never here."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def server(chromium: Any, built_in_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server on the built-in pack."""
    folder = tmp_path_factory.mktemp("page")
    with_index(folder / "data", built_in_data)
    running = Server(folder)
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture
def tiny_server(chromium: Any, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own on the small pack."""
    running = Server(tmp_path, Path(__file__).parents[1] / "packs" / "tiny")
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture
def clocked(chromium: Any, tmp_path: Path) -> Iterator[ClockedServer]:
    """A server of the test's own on the built-in pack, on a clock that the test moves."""
    running = ClockedServer(tmp_path, BUILT_IN_PACK)
    yield running
    running.close()
