"""Parts and service, built for one command and closed after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from interviewer.backup import expect_file
from interviewer.build import Parts, build_parts, build_service
from interviewer.commands.output import progress_bar
from interviewer.config import Settings
from interviewer.service import InterviewService, utc_now
from interviewer.store import EventStore, default_url, file_of_url

T = TypeVar("T")


def parts_of(settings: Settings, *, model: bool = True, rebuild: bool = False) -> Parts:
    """Everything but the store, with a progress bar while the index is built."""
    with progress_bar("Embedding passages") as move:
        return build_parts(settings, progress=move, with_model=model, rebuild=rebuild)


def open_stored(settings: Settings) -> EventStore:
    """The database that is there; none is made. Raises SetupError or StoreError."""
    url = url_of(settings)
    if file_of_url(url) is not None:
        expect_file(url)
    return EventStore(url)


def url_of(settings: Settings) -> str:
    """The database's URL."""
    return settings.db or default_url(settings.data)


def run_with_service(
    settings: Settings,
    work: Callable[[InterviewService], Coroutine[Any, Any, T]],
    *,
    store_url: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    model: bool = True,
) -> T:
    """Build the service, do the work in one event loop, and close everything."""
    parts = parts_of(settings, model=model)

    async def go() -> T:
        service = build_service(settings, parts, store_url=store_url, clock=clock)
        try:
            return await work(service)
        finally:
            await service.aclose()

    return asyncio.run(go())
