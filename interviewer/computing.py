"""Threads for what keeps a processor busy: judging, embedding, searching.

They are as many as processors, and asyncio's own are left to the database: its short calls would otherwise wait behind
answers that are being judged, and with them everybody who only wants to look.

NumPy's products are too small here to be shared between threads: those of OpenBLAS wait for each other turning in circles, which took
as much processor time again as all the rest. They get one, for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

from retrieval.processors import usable_processors

P = ParamSpec("P")
T = TypeVar("T")


async def computed(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What a function comes to, which is called in one of the threads. Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), partial(work, *given, **named))


@cache
def _threads() -> ThreadPoolExecutor:
    threadpool_limits(1, user_api="blas")
    return ThreadPoolExecutor(usable_processors(), thread_name_prefix="compute")
