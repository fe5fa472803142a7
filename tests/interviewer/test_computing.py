"""What keeps a processor busy has threads of its own, so that nothing short waits behind it."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest
from threadpoolctl import threadpool_info

from interviewer.computing import computed
from retrieval.processors import usable_processors


async def test_the_database_does_not_wait_behind_what_is_computed() -> None:
    """More work than asyncio has threads, none of which ends before a short call was answered."""
    answered = threading.Event()
    busy = [asyncio.create_task(computed(answered.wait, 60)) for _ in range((os.cpu_count() or 1) + 40)]
    await asyncio.sleep(0)
    assert await asyncio.to_thread(lambda: "stored") == "stored"
    answered.set()
    assert all(await asyncio.gather(*busy))


async def test_as_much_is_computed_at_once_as_there_are_processors() -> None:
    names = {await computed(lambda: threading.current_thread().name)}
    names |= set(
        await asyncio.gather(*(computed(lambda: threading.current_thread().name) for _ in range(50)))
    )
    assert len(names) <= usable_processors()


async def test_what_is_raised_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        await computed(divmod, 1, 0)


async def test_no_product_of_numpy_is_shared_between_threads() -> None:
    await computed(int)
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
